"""The command line is frozen: a new, changed or lost option is a decision, made by changing this list."""

from __future__ import annotations

from omniedit.cli.reference import commands, options

FROZEN = {
    "omniedit": ["--version", "--debug"],
    "omniedit edit": [
        "PHOTO",
        "INSTRUCTION",
        "--output, -o",
        "--model, -m",
        "--mask",
        "--seed",
        "--steps",
        "--guidance-scale",
        "--image-guidance-scale",
        "--num-images, -n",
        "--report",
        "--compare",
        "--overwrite",
        "--try",
    ],
    "omniedit build": [],
    "omniedit build run": [
        "--out, -o",
        "RECIPE",
        "--photos",
        "--cutouts",
        "--limit",
        "--seed",
        "--workers",
        "--executor",
        "--shard",
        "--retry-failed",
        "--dry-run",
    ],
    "omniedit build status": ["FOLDER"],
    "omniedit train": ["RECIPE", "--out, -o", "--dry-run"],
    "omniedit bench": [],
    "omniedit bench run": ["--out, -o", "--model, -m", "--suite", "--photos", "--seed", "--limit"],
    "omniedit judge": [],
    "omniedit judge score": [
        "PAIRS",
        "--out, -o",
        "--judge",
        "--base-url",
        "--rubric",
        "--passes",
        "--budget-calls",
        "--budget",
        "--input-price",
        "--output-price",
        "--concurrency",
        "--request",
        "--cache",
        "--batch",
        "--pairs-out",
        "--limit",
    ],
    "omniedit judge report": ["SCORES", "--out, -o", "--pairs", "--against", "--clip", "--threshold"],
    "omniedit judge agree": ["SCORES", "RATINGS", "--json", "--seed"],
    "omniedit judge distill": ["RECIPE", "--out, -o", "--dry-run"],
    "omniedit judge train": ["RECIPE", "--out, -o"],
    "omniedit lint": ["PAIRS", "--fix", "--out, -o", "--json", "--checks", "--leakage", "--limit"],
    "omniedit pairs": [],
    "omniedit pairs export": ["PAIRS", "--to", "--out, -o", "--rejected"],
    "omniedit pairs push": ["PAIRS", "REPO_ID", "--public", "--dry-run"],
    "omniedit cache": [
        "RECIPE",
        "--out, -o",
        "--workers",
        "--shard",
        "--batch",
        "--dtype",
        "--wordings",
        "--verify",
        "--dry-run",
    ],
    "omniedit model": [],
    "omniedit model merge": ["MODEL", "--out, -o", "--base"],
    "omniedit model push": ["MODEL", "REPO", "--recipe", "--licence", "--trained-only", "--public"],
    "omniedit bench human": [],
    "omniedit bench human serve": ["RESULTS", "--out, -o", "--rater", "--port", "--host", "--seed"],
    "omniedit bench human report": ["FOLDER", "--scores", "--json"],
    "omniedit demo": ["--out, -o", "--minutes"],
    "omniedit doctor": [],
}


def test_the_options_are_these() -> None:
    assert {name: list(options(command)) for name, command in commands()} == FROZEN


def test_every_command_and_option_explains_itself() -> None:
    assert [name for name, command in commands() if not command.help] == []
    assert [
        (name, option) for name, command in commands() for option, text in options(command).items() if not text
    ] == []
