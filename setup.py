"""Owns what goes into the wheel beside the code: `resources/` and `sample_scenarios/`, as data of the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["studio", "studio.*"]), "studio._resources", "studio._sample_scenarios"],
    package_dir={
        "studio": "studio",
        "studio._resources": "resources",
        "studio._sample_scenarios": "sample_scenarios",
    },
    package_data={"": ["**/*"]},
    include_package_data=False,
)
