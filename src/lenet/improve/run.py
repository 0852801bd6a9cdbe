"""The whole way from an export to a new model, or to a refusal.

Files in the folder: report.html, report.json, report.json.sig if a key signs, and model.safetensors if the
gate passes. While it runs, `.work/` holds the checkpoint of the training; a killed run continues from it and
ends with the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lenet.datasets import Dataset, Rendering, load_all
from lenet.datasets.records import current_name
from lenet.errors import DataError
from lenet.improve import digests, fit, gate, signature
from lenet.improve.audit import Audited, audit
from lenet.improve.collected import PEN_WIDTHS, Collected, read_collected, withdrawn_of
from lenet.improve.folder import MODEL, WorkFolder, opened
from lenet.improve.page import render_page
from lenet.improve.references import Reference, check_names, read_references
from lenet.improve.report import Code, ImproveReport, Letters, TrainingFacts, serialized
from lenet.improve.types import Input, Options, Stages, silent
from lenet.inference.recognizer import Recognizer, model_path
from lenet.models import Model, load_model, save_model


@dataclass(frozen=True)
class Result:
    """The files of a run, and its report.

    Attributes:
        report: the report.
        page: path of report.html.
        content: bytes of report.json.
        model: path of model.safetensors; None if the gate refused.
    """

    report: ImproveReport
    page: Path
    content: bytes
    model: Path | None


def improve(options: Options, out: Path, stages: Stages = silent) -> Result:
    """Train a model with collected letters, and keep it if the gate passes.

    Args:
        options: inputs and settings.
        out: folder for the files; a run that was killed there continues.
        stages: shows progress.

    Raises:
        LenetError: an input cannot be used, or the folder holds the result of another run.
    """
    withdrawn = withdrawn_of(options)
    model = load_model(model_path(options.model))
    check_names(options, model)
    if options.sign:
        signature.check_key(options.sign)
    with stages("reading", None):
        inputs = digests.inputs_of(options)
    with opened(out, _key(options, inputs)) as work:
        with stages("reading", None):
            collected = read_collected(options.export, model, withdrawn, options.seed)
            plain = _base(options, model, (model.pen_width, model.pen_width), withdrawn.ids)
            references = read_references(options, model, [plain, collected.plain])
        old = Recognizer(model)
        audited = audit(collected, plain, old, options.threads, stages)
        if not len(audited.new_hands.data):
            raise DataError(
                f"{options.export}: all held-out letters are training letters, too; collect others"
            )
        base = _base(options, model, PEN_WIDTHS, withdrawn.ids)
        trainer = fit.trainer_of(model, base, audited.train, options, withdrawn.contributors)
        new_model = fit.fit(trainer, work.checkpoint, stages)
        decision = _decide(old, Recognizer(new_model), references, audited, options.margin)
        save_model(work.model, new_model)
        report = ImproveReport(
            inputs=inputs,
            code=Code.of(new_model.training.commit, digests.code_digest()),
            letters=_letters(base, collected, audited),
            audit=audited.audit,
            training=_facts(options, model, new_model),
            gate=decision,
            model_sha256=digests.digest([work.model]) if decision.passed else None,
        )
        return _written(work, report, options.sign)


def _key(options: Options, inputs: tuple[Input, ...]) -> str:
    """Return a digest of everything that the result depends on."""
    settings = {**asdict(options), "threads": None, "inputs": [asdict(one) for one in inputs]}
    text = json.dumps(settings, sort_keys=True, default=str) + digests.code_digest()
    return hashlib.sha256(text.encode()).hexdigest()


def _base(
    options: Options, model: Model, pen_widths: tuple[float, float], without: frozenset[str]
) -> Dataset:
    """Read the base data with the model's classes."""
    rendering = Rendering(pen_widths, without=without, seed=options.seed)
    data = load_all(options.data, rendering=rendering).with_classes(model.labels)
    if not len(data):
        raise DataError(f"{', '.join(options.data)}: no letter of the model's classes; give other base data")
    return data


def _decide(
    old: Recognizer, new: Recognizer, references: list[Reference], audited: Audited, margin: float
) -> gate.GateResult:
    def compared(name: str, data: Dataset, overlap: float = 0.0, note: str = "") -> gate.Compared:
        answers = [one.probabilities(data.images).argmax(axis=1) == data.labels for one in (new, old)]
        return gate.Compared(name, np.asarray(answers[0]), np.asarray(answers[1]), overlap, note)

    return gate.decide(
        [compared(one.name, one.data, one.overlap, one.note) for one in references],
        compared(gate.NEW_HANDS, audited.new_hands.data),
        audited.new_hands.contributors,
        margin,
    )


def _letters(base: Dataset, collected: Collected, audited: Audited) -> Letters:
    return Letters(
        base=len(base),
        train=len(audited.train),
        train_contributors=collected.train_contributors,
        held_out=len(audited.new_hands.data),
        other_classes=collected.other_classes,
        withdrawn_contributors=collected.withdrawn.contributors,
        withdrawn_letters=len(collected.withdrawn.ids),
    )


def _facts(options: Options, old: Model, new: Model) -> TrainingFacts:
    here = {current_name(name) for name in new.training.data}
    before = dict.fromkeys(current_name(name) for name in old.trained_on)
    return TrainingFacts(
        architecture=new.training.name or "",
        start="random weights" if options.from_scratch else "the model's weights",
        epochs=new.training.epochs or 0,
        seed=options.seed,
        not_here=tuple(name for name in before if name not in here),
        recipe=dict(new.training.recipe),
    )


def _written(work: WorkFolder, report: ImproveReport, key: Path | None) -> Result:
    """Write the files; the model takes its name last, and only if the gate passed."""
    page = render_page(report)
    content = serialized(report, page)
    files = {"report.html": page, "report.json": content}
    if key:
        files["report.json.sig"] = signature.sign(key, content)
    work.publish(files, keep_model=report.gate.passed)
    model = work.out / MODEL if report.gate.passed else None
    return Result(report, work.out / "report.html", content, model)
