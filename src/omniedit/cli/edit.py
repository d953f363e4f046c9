"""``omniedit edit``: edit a photo, a folder of photos, or a list of jobs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omniedit.cli.console import err, out, progress
from omniedit.cli.many import edit_many, find_jobs, refuse

if TYPE_CHECKING:
    from omniedit.edit.result import EditResult
    from omniedit.images import Picture
    from omniedit.model.sampling import Step


def edit(
    photo: Annotated[Path, typer.Argument(help="A picture, a folder of pictures, or a .jsonl list of jobs.")],
    instruction: Annotated[str, typer.Argument(help="What to do. In a list every line has its own.")] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File of the result, or folder of the results. Default: beside the photo."),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", help="nano, specialists, the folder of a model, or a Hub id.")
    ] = "nano",
    mask: Annotated[Path | None, typer.Option(help="Picture that is white where the edit may act.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the noise: the same seed gives the same result.")] = 0,
    steps: Annotated[int | None, typer.Option(help="Steps of the sampler.")] = None,
    guidance_scale: Annotated[
        float | None, typer.Option(help="Above 1, the instruction is followed more strongly.")
    ] = None,
    image_guidance_scale: Annotated[
        float | None, typer.Option(help="Above 1, the result keeps closer to the photo.")
    ] = None,
    num_images: Annotated[int, typer.Option("--num-images", "-n", help="How many results, from seeds in a row.")] = 1,
    report: Annotated[
        Path | None, typer.Option(help="JSON file for what was changed, by which model and seed.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Also save before and after, side by side.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    try_: Annotated[bool, typer.Option("--try", help="Try even what the model was never taught.")] = False,
) -> None:
    """Edit by instruction. The result has the photo's exact size; what the edit leaves alone stays as it is."""
    scales = {"steps": steps, "guidance_scale": guidance_scale, "image_guidance_scale": image_guidance_scale}
    settings: dict[str, Any] = {name: value for name, value in scales.items() if value is not None}
    settings["force"] = try_
    if photo.is_dir() or photo.suffix.lower() == ".jsonl":
        refuse({"--mask": mask, "--report": report, "--compare": compare, "--num-images": num_images > 1})
        jobs, folder = find_jobs(photo, instruction, output, seed)
        edit_many(jobs, folder, model, overwrite, settings)
        return
    targets = _targets(photo, output, num_images)
    picture = _checked(photo, instruction, targets, report, compare, overwrite)
    result = _edit(picture, instruction, model, {"mask": mask, "seed": seed, "num_images": num_images, **settings})
    _save(result, targets, report, compare, overwrite)


def _targets(photo: Path, output: Path | None, count: int) -> list[Path]:
    """Files of the results."""
    first = output or photo.with_name(f"{photo.stem}-edited.png")
    if count == 1:
        return [first]
    return [first.with_name(f"{first.stem}-{number}{first.suffix}") for number in range(1, count + 1)]


def _compared(target: Path) -> Path:
    return target.with_name(f"{target.stem}-compare.png")


def _checked(
    photo: Path, instruction: str, targets: list[Path], report: Path | None, compare: bool, overwrite: bool
) -> Picture:
    """Open the photo, and find what cannot work, before a model is loaded."""
    from omniedit.edit.inputs import check_request
    from omniedit.errors import OutputError
    from omniedit.images import check_destination, open_picture

    check_request(instruction, len(targets), 0)
    picture = open_picture(photo)
    for target in targets:
        check_destination(target, like=picture, overwrite=overwrite)
        if compare:
            check_destination(_compared(target), overwrite=overwrite)
    if report and report.exists() and not overwrite:
        raise OutputError(f"{report} already exists; choose another name, or add --overwrite")
    return picture


def _edit(picture: Picture, instruction: str, model: str, settings: dict[str, Any]) -> EditResult:
    from omniedit import presets

    editor = presets.load(model)
    with progress() as shown:
        task = shown.add_task("editing", total=None)

        def tick(step: Step) -> None:
            shown.update(task, completed=step.index, total=step.total)

        return editor(picture, instruction, callback=tick, **settings)


def _save(result: EditResult, targets: list[Path], report: Path | None, compare: bool, overwrite: bool) -> None:
    import json
    from dataclasses import asdict

    from omniedit.images import save_picture
    from omniedit.writing import publish

    for index, target in enumerate(targets):
        result.save(target, index, overwrite=overwrite)
        out.print(str(target), markup=False)
        if compare:
            save_picture(_compared(target), result.compare(index), overwrite=overwrite)
            out.print(str(_compared(target)), markup=False)
        err.print(f"  {result.reports[index].changed_fraction:.0%} of the pixels changed", markup=False)
    for note in result.notes:
        err.print(f"note: {note}", markup=False)
    if report:
        entries = [{"output": str(path), **asdict(entry)} for path, entry in zip(targets, result.reports, strict=True)]
        publish(report, json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
