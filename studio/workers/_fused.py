"""Owns two products of a training step on a processor that torch takes apart: LoRA's, and RMSNorm's.

Each is one node of the graph with its gradient worked out by hand, so that no copy of the states in between is kept or
passed over again. A layer with more to it (dropout, a bias, another formula) stays as it is.
"""

from typing import Any

import torch
from peft.tuners.lora.layer import Linear as LoraLinear
from torch.nn.functional import linear

from studio.workers._base import Model

_NEAR = 0.02
"""How far, in norms, a layer's result may lie from the original's, for rounding."""


def fuse(model: Model) -> int:
    """Gives the plain layers of a model with an adapter their fused forms; returns how many."""
    done = 0
    for part in model.modules():
        forward = _lora_forward(part) or _norm_forward(part)
        if forward is not None:
            part.forward = forward
            done += 1
    return done


def _lora_forward(part: torch.nn.Module) -> Any:
    if type(part) is not LoraLinear or list(part.lora_A) != ["default"] or part.use_dora.get("default"):
        return None
    frozen, down, up = part.get_base_layer(), part.lora_A["default"], part.lora_B["default"]
    plain = type(frozen) is torch.nn.Linear and type(part.lora_dropout["default"]) is torch.nn.Identity
    if not plain or any(layer.bias is not None for layer in (frozen, down, up)):
        return None
    original, scale = part.forward, float(part.scaling["default"])

    def forward(states: torch.Tensor, *arguments: Any, **named: Any) -> Any:
        if part.disable_adapters or part.merged or arguments or named:
            return original(states, *arguments, **named)
        return _Product.apply(states, frozen.weight, down.weight, up.weight, scale)  # type: ignore[no-untyped-call]

    return forward


def _norm_forward(part: torch.nn.Module) -> Any:
    weight, epsilon = getattr(part, "weight", None), getattr(part, "variance_epsilon", None)
    if not type(part).__name__.endswith("RMSNorm") or weight is None or not isinstance(epsilon, float):
        return None

    def forward(states: torch.Tensor) -> Any:
        return _Norm.apply(states, weight, epsilon)  # type: ignore[no-untyped-call]  # torch's

    with torch.no_grad():
        trial = torch.linspace(-2, 3, 3 * weight.numel(), dtype=weight.dtype, device=weight.device).view(1, 3, -1)
        whole, ours = part(trial), forward(trial)
    if weight.requires_grad or (whole - ours).norm() > _NEAR * whole.norm():
        return None
    return forward


class _Product(torch.autograd.Function):
    """states (…, in), frozen (out, in), down (rank, in), up (out, rank) -> states·frozenᵀ + scale·states·downᵀ·upᵀ."""

    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, frozen: torch.Tensor, down: torch.Tensor, up: torch.Tensor, scale: float
    ) -> torch.Tensor:
        """The sum of both products."""
        rows = states.reshape(-1, states.shape[-1])
        inner = linear(rows, down)
        ctx.save_for_backward(rows, frozen, down, up, inner)
        ctx.scale = scale
        return linear(rows, frozen).addmm_(inner, up.T, alpha=scale).view(*states.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """The gradients of the states, where wanted, and of both small matrices."""
        rows, frozen, down, up, inner = ctx.saved_tensors
        given = outer[0].reshape(-1, outer[0].shape[-1])
        through = (given @ up).mul_(ctx.scale)
        below = None
        if ctx.needs_input_grad[0]:
            below = (given @ frozen).addmm_(through, down).view(*outer[0].shape[:-1], -1)
        return below, None, through.T @ rows, (given.T @ inner).mul_(ctx.scale), None


class _Norm(torch.autograd.Function):
    """states (…, width), a frozen weight (width): weight·states / root of the states' mean square."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
        """The states at length one, weighted."""
        length = torch.linalg.vector_norm(states, dim=-1, keepdim=True, dtype=torch.float32)
        root = length.square_().div_(states.shape[-1]).add_(epsilon).rsqrt_().to(states.dtype)
        even = states * root
        ctx.save_for_backward(even, weight, root)
        weighted: torch.Tensor = even * weight
        return weighted

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """The gradient of the states; the weight is frozen."""
        even, weight, root = ctx.saved_tensors
        given = outer[0] * weight
        along = (given * even).mean(-1, keepdim=True, dtype=torch.float32).to(given.dtype)
        return given.sub_(even * along).mul_(root), None, None
