"""`lorewright data push NAME OWNER/REPO [--public]`: a build onto the Hugging Face Hub.

With `--format json` it prints one value; its schema is `data-push.schema.json`.
"""

import argparse

from studio.cli.data_export import as_json, show
from studio.cli.output import print_json, print_line
from studio.dataset.builds import find_build
from studio.dataset.pushing import push
from studio.language import _
from studio.workspace.folder import Workspace, find


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `data push`."""
    parser.add_argument("name", metavar="NAME", help=_("the data set (its latest build), or NAME/BUILD"))
    parser.add_argument("repo", metavar="OWNER/REPO", help=_("where it goes on the Hub; made if it does not exist"))
    parser.add_argument("--public", action="store_true", help=_("let everybody read it"))


def run(args: argparse.Namespace) -> int:
    """Sends the build and says where it is."""
    build = find_build(Workspace(find(args.workspace)), args.name)
    build.verify()
    pushed = push(build, args.repo, public=args.public)
    if args.format == "json":
        about = {"repo": pushed.repo, "url": pushed.url, "commit": pushed.commit, "private": pushed.private}
        print_json({"build": build.name, **about, "exported": {**as_json(pushed.exported), "path": None}})
        return 0
    sentence = _("It is at {url}, for your eyes only.") if pushed.private else _("It is at {url}, for everybody.")
    print_line(sentence.format(url=pushed.url))
    if args.public and pushed.private:
        print_line(_("The repository was private before and stays so; its page on the Hub has the switch."))
    if pushed.exported.listed:
        show(pushed.exported)
    return 0
