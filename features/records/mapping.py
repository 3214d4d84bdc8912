"""How a country's own files become records: an import mapping, checked and made ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path

from features.records.deny_list import protected_values
from features.records.mapping_checks import check_mapping, rule_groups
from features.records.mapping_file import (
    InputMapping,
    MappingFile,
    MappingRefused,
    RecordMapping,
    read_mapping_file,
)
from features.records.mapping_files import Line, column_names, read_lines
from features.records.mapping_records import ExtensionType, Payload, RecordMaker, record_maker
from features.records.mapping_rules import Cells
from features.records.problems import FieldProblem, RecordRefused

__all__ = [
    "ImportMapping",
    "Line",
    "MappingInput",
    "MappingRefused",
    "load_mapping",
    "payloads",
]

#: Lines whose values are looked at before the first is handed out.
_FIRST_BATCH = 1000


@dataclass(frozen=True)
class MappingInput:
    """The files of one shape, ready to be read.

    Attributes:
        files: Glob of the files' names.
        delimiter: Of CSV files.
        columns: Columns the mapping reads.
        categorical: Column of each categorical extension attribute, by the attribute's name.
        makers: One for each record a line becomes.
    """

    files: str
    delimiter: str
    columns: frozenset[str]
    categorical: Mapping[str, str]
    makers: tuple[RecordMaker, ...]


@dataclass(frozen=True)
class ImportMapping:
    """A mapping whose every name has been checked.

    Attributes:
        name: The mapping's name.
        source_system: The system its records come from.
        inputs: One for each shape of file.
        extra_keys: Names of the extra entity keys, sorted.
        extension: Type of each extension attribute, by name.
        sha256: Of the YAML file.
    """

    name: str
    source_system: str
    inputs: tuple[MappingInput, ...]
    extra_keys: tuple[str, ...]
    extension: Mapping[str, ExtensionType]
    sha256: str

    def input_of(self, path: Path) -> MappingInput:
        """The input whose glob the file's name matches, the first if several do."""
        for candidate in self.inputs:
            if fnmatch(path.name, candidate.files):
                return candidate
        globs = ", ".join(candidate.files for candidate in self.inputs)
        raise MappingRefused(
            f"The mapping {self.name} has no input for {path.name}; it takes {globs}."
        )

    def lines(self, path: Path, *, skip: int = 0) -> Iterator[Line]:
        """The file's lines after the first `skip`, in bounded memory.

        Raises:
            MappingRefused: The file lacks a mapped column, or the values of a categorical
                attribute give away a protected one.
        """
        source = self.input_of(path)
        missing = source.columns - set(column_names(path, delimiter=source.delimiter))
        if missing:
            lacking = ", ".join(sorted(missing))
            raise MappingRefused(f"The file {path.name} lacks these mapped columns: {lacking}.")
        lines = read_lines(path, delimiter=source.delimiter, skip=skip)
        first = list(islice(lines, _FIRST_BATCH))
        for name, column in source.categorical.items():
            attribute = protected_values(line.raw.get(column) for line in first)
            if attribute:
                raise MappingRefused(
                    f"The values of column {column!r} (attribute {name}) give away the protected "
                    f"attribute {attribute}; take it out of the mapping."
                )
        return chain(first, lines)

    def unmapped_columns(self, path: Path) -> tuple[str, ...]:
        """Columns of the file that the mapping drops, in the file's order."""
        source = self.input_of(path)
        names = column_names(path, delimiter=source.delimiter)
        return tuple(name for name in names if name not in source.columns)


def payloads(mapping_input: MappingInput, line: Line) -> list[tuple[str, Payload]]:
    """The kind and payload of each record the line becomes.

    Raises:
        RecordRefused: With every field whose cell does not read as its rule says.
    """
    if line.problem is not None:
        raise RecordRefused([line.problem])
    cells: Cells = line.raw
    problems: list[FieldProblem] = []
    made = [
        (maker.kind, maker.make(cells, problems))
        for maker in mapping_input.makers
        if all(str(cells[column]) in wanted for column, wanted in maker.when)
    ]
    if problems:
        raise RecordRefused(problems)
    return made


def load_mapping(path: Path) -> ImportMapping:
    """The mapping in the YAML file, checked and made ready.

    Raises:
        MappingRefused: Names the place in the YAML: a wrong shape, a field that does not exist, a
            required field without a rule, or a name on the deny-list.
    """
    written = read_mapping_file(path)
    extension: dict[str, ExtensionType] = {}
    extra_keys: set[str] = set()
    for where, record in _records(written):
        check_mapping(where, record)
        extra_keys.update(record.keys)
        for name, attribute in record.extra.items():
            if extension.setdefault(name, attribute.type) != attribute.type:
                raise MappingRefused(
                    f"{where}.extra.{name}: numeric in one place and categorical in another."
                )
    return ImportMapping(
        name=written.name,
        source_system=written.source_system,
        inputs=tuple(_input(written, one) for one in written.inputs),
        extra_keys=tuple(sorted(extra_keys)),
        extension=extension,
        sha256=sha256(path.read_bytes()).hexdigest(),
    )


def _records(written: MappingFile) -> Iterator[tuple[str, RecordMapping]]:
    for i, one in enumerate(written.inputs):
        for j, record in enumerate(one.records):
            yield f"inputs.{i}.records.{j}", record


def _input(written: MappingFile, one: InputMapping) -> MappingInput:
    columns, categorical = set[str](), dict[str, str]()
    for record in one.records:
        columns.update(record.when, (a.column for a in record.extra.values()))
        for _, rules in rule_groups(record):
            columns.update(column for rule in rules.values() for column in rule.read_columns)
        for name, attribute in record.extra.items():
            if attribute.type == "categorical":
                categorical[name] = attribute.column
    return MappingInput(
        files=one.files,
        delimiter=one.delimiter,
        columns=frozenset(columns),
        categorical=categorical,
        makers=tuple(record_maker(written.source_system, record) for record in one.records),
    )
