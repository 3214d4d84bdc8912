"""What a row answers to all questions of a model's trees, as LightGBM has it; compiled by Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.spec import Floats
from models.flat_trees import CATEGORICAL, ZERO
from models.lanes import on, read, start, store
from models.packed_trees import Questions

#: Rows walked in one go. A tree stays in the nearest cache for all of them, their answers in the next
#: one; and so little memory is had from the C library again and again without the system's help.
BLOCK = 8


def answers_of(questions: Questions, rows: Floats) -> NDArray[np.uint8]:
    """Answers (n, m) of rows (n, f), which nobody else writes to: 1 where a row goes right, else 0."""
    answers = np.empty((len(rows), len(questions.thresholds)), np.uint8)
    _answer(rows, questions.stretches, questions.thresholds, questions.words, answers)
    return answers


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled, and kept for other processes where there is a place to keep it."""
    try:
        made: Callable[..., Any] = njit(cache=True)(function)
    except RuntimeError:
        # There is nowhere to keep what was compiled: each process compiles it anew.
        made = njit(function)
    return made


@compiled
def _answer(rows, stretches, thresholds, words, answers):  # type: ignore[no-untyped-def]
    """Fill in the answers (n, m) of rows (n, f)."""
    sets = start(words)
    for i in range(len(rows)):
        row, mine = on(start(rows), i * rows.shape[1]), on(start(answers), i * answers.shape[1])
        for stretch in range(len(stretches)):
            column, way, begin, count, word_from, word_count = stretches[stretch]
            value, these = read(row, column), on(mine, begin)
            if way & CATEGORICAL:
                right = 1
                # -0.5 is category 0; what is missing, below, or beyond 32 bits is in no set.
                if -1.0 < value < 2147483648.0:
                    category = np.int64(value)
                    word = category >> 5
                    if word < word_count:
                        right = 1 - ((read(sets, word_from + word) >> (category & 31)) & 1)
                store(these, 0, np.uint8(right))
            elif value != value:
                for k in range(count):
                    store(these, k, np.uint8(way >> 1 & 1))
            elif abs(value) <= ZERO:
                for k in range(count):
                    store(these, k, np.uint8(way >> 2 & 1))
            else:
                beyond = on(start(thresholds), begin)
                for k in range(count):
                    store(these, k, np.uint8(value > read(beyond, k)))
