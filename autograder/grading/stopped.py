"""What may be said about an exception that stopped a hidden check.

Its text may be the student's own, and contain the inputs that the check keeps hidden. So only sentences of Python's,
NumPy's, PyTorch's and the grader's own are passed on, with names and small whole numbers in their open places; only
lines that are in the hand-in; and only known types.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable
from functools import cache

import numpy as np

from autograder.sandbox.proxy import StudentError
from cs231n_utils.checks.other_years import of_another_year

MAX_LINE, MAX_TEXT = 200, 400  # characters
SHORT = 12  # characters of a name that may be anything
MAX_DIGITS = 40  # in a text: the sizes in two or three shapes
_HIDDEN = "what it says is not shown here, because the hidden inputs could be in it: the visible check shows it"

_TYPES = {
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
} | {
    "LinAlgError",
    "AxisError",
    "WireError",
    "UFuncTypeError",
    "_UFuncNoLoopError",
    "_UFuncBinaryResolutionError",
    "_UFuncOutputCastingError",
    "_UFuncInputCastingError",
    "_ArrayMemoryError",
    "VisibleDeprecationWarning",
    "UsageError",
    "BdbQuit",
}

_NAME = r"[A-Za-z_]{1,32}(?:\d{1,2}[A-Za-z_]{0,8})?"

# The open places of the sentences below.
_PLACES = {
    "N": r"-?\d{1,6}",
    "SIZE": r"\d{1,5}(?:\.\d{0,2})?",
    "SHAPE": r"\((?:(?:\d{1,9}|newaxis)(?:, ?|(?=\)))){0,5}\)",
    "NAME": _NAME,
    "CALL": rf"(?:(?:{_NAME}|<locals>|<lambda>)\.){{0,4}}(?:{_NAME}|<lambda>)",
    "THING": r"[A-Za-z_][A-Za-z_.]{0,40}\d{0,2}(?:\(\.\.\.\))?"
    r"(?:\[(?:'[A-Za-z_]{1,20}\d?'|\d{1,2})\]|\.[A-Za-z_]{1,20}\d?){0,3}",
    "SIDES": r"\[(?:\d{1,9}(?:, |(?=\]))){0,5}\]",
    "ROWS_COLUMNS": r"\d{1,6}x\d{1,6}",
    "TYPE": r"(?:numpy\.|torch\.return_types\.)?[A-Za-z_]{1,24}\d{0,3}",
    "DTYPE": r"dtype\('[<>|=]?[A-Za-z]{1,10}\d{0,4}'\)|None|<class '(?:numpy\.)?[A-Za-z_]{1,16}\d{0,3}'>",
    "KIND": r"bool|u?int\d{1,2}|float\d{1,3}|complex\d{1,3}|object",
    "OP": r"[-+*/%@<>=&|^~!]{1,3}|[a-z]{2,8}\(\)|\*\* or pow\(\)",
}

# One that ends in a backslash goes on in the next line.
_SENTENCES = """
name 'NAME' is not defined
free variable 'NAME' referenced before assignment in enclosing scope
cannot access free variable 'NAME' where it is not associated with a value in enclosing scope
cannot access local variable 'NAME' where it is not associated with a value
local variable 'NAME' referenced before assignment
'NAME'
N
'TYPE' object has no attribute 'NAME'
type object 'TYPE' has no attribute 'NAME'
'TYPE' object attribute 'NAME' is read-only
module 'TYPE' has no attribute 'NAME'
No module named 'NAME'
CALL\\(\\) missing N required (?:positional|keyword-only) arguments?: 'NAME'(?:(?:,| and|, and) 'NAME'){0,5}
CALL\\(\\) takes (?:no arguments|N positional arguments?|from N to N positional arguments) but N (?:was|were) given
CALL\\(\\) takes no arguments \\(N given\\)
CALL\\(\\) takes no arguments
CALL\\(\\) takes no keyword arguments
CALL\\(\\) takes exactly one argument \\(N given\\)
CALL expected (?:at least|at most|exactly)? ?N arguments?, got N
CALL\\(\\) got an unexpected keyword argument 'NAME'(?:\\. Did you mean 'NAME'\\?)?
CALL\\(\\) got multiple values for (?:keyword )?argument 'NAME'
CALL\\(\\) argument after \\*\\*? must be (?:an iterable|a mapping), not TYPE
'TYPE' object is not (?:subscriptable|iterable|callable|reversible|an iterator|a mapping)
'TYPE' object does not support item (?:assignment|deletion)
'TYPE' object cannot be interpreted as an integer
cannot unpack non-iterable TYPE object
object of type 'TYPE' has no len\\(\\)
unhashable type: 'TYPE'
unsupported operand type\\(s\\) for OP: 'TYPE' and 'TYPE'
bad operand type for (?:unary OP|abs\\(\\)): 'TYPE'
'OP' not supported between instances of 'TYPE' and 'TYPE'
can only concatenate (?:list|tuple|str) \\(not "TYPE"\\) to (?:list|tuple|str)
can't multiply sequence by non-int of type 'TYPE'
must be real number, not TYPE
(?:float|int)\\(\\) argument must be a string(?:, a bytes-like object)? or a (?:real )?number, not 'TYPE'
(?:list|tuple|string) indices must be integers(?: or slices)?, not '?TYPE'?
slice indices must be integers or None or have an __index__ method
(?:list|tuple|string|range object|list assignment|pop) index out of range
pop from (?:an )?empty (?:list|deque)
not enough values to unpack \\(expected (?:at least )?N, got N\\)
too many values to unpack \\(expected N(?:, got N)?\\)
dictionary changed size during iteration
dictionary update sequence element #N has length N; N is required
(?:float |integer )?(?:division|modulo)(?: or modulo)? by zero
integer modulo by zero
float floor division by zero
0.0 cannot be raised to a negative power
math (?:domain|range) error
cannot convert float (?:NaN|infinity) to integer
maximum recursion depth exceeded(?: while calling a Python object| in comparison| in __instancecheck__)?
(?:max|min)\\(\\) arg is an empty sequence
(?:max|min)\\(\\) iterable argument is empty
No active exception to reraise
an integer is required
Unable to allocate SIZE [KMGTPE]iB for an array with shape SHAPE and data type KIND

operands could not be broadcast together with shapes (?:SHAPE ){1,3}
operands could not be broadcast together with shapes SHAPE,SHAPE
operands could not be broadcast together with remapped shapes \\[original->remapped\\]: \
(?:SHAPE(?:->SHAPE)? *){1,3}(?:and requested shape SHAPE)?
non-broadcastable output operand with shape SHAPE doesn't match the broadcast shape SHAPE
could not broadcast input array from shape SHAPE into shape SHAPE
shape mismatch: objects cannot be broadcast to a single shape\\. {1,2}Mismatch is between arg N with shape SHAPE and \
arg N with shape SHAPE\\.
shape mismatch: indexing arrays could not be broadcast together with shapes (?:SHAPE ){1,4}
shape mismatch: value array of shape SHAPE could not be broadcast to indexing result of shape SHAPE
shapes SHAPE and SHAPE not aligned: N \\(dim N\\) != N \\(dim N\\)
matmul: Input operand N has a mismatch in its core dimension N, with gufunc signature [nkm?,()>-]{5,40} \\(size N is \
different from N\\)
matmul: Input operand N does not have enough dimensions \\(has N, gufunc core with signature [nkm?,()>-]{5,40} \
requires N\\)
cannot reshape array of size N into shape SHAPE
index N is out of bounds for (?:axis N with )?size N
boolean index did not match indexed array along axis N; size of axis is N but size of corresponding boolean axis is N
boolean index did not match indexed array along dimension N; dimension is N but corresponding boolean dimension is N
too many indices for array: array is N-dimensional, but N were indexed
only integers, slices \\(`:`\\), ellipsis \\(`\\.\\.\\.`\\), numpy\\.newaxis \\(`None`\\) and integer or boolean \
arrays are valid indices
arrays used as indices must be of integer \\(or boolean\\) type
invalid index to scalar variable\\.
an index can only have a single ellipsis \\('\\.\\.\\.'\\)
setting an array element with a sequence\\.
setting an array element with a sequence\\. The requested array has an inhomogeneous shape after N dimensions\\. The \
detected shape was SHAPE \\+ inhomogeneous part\\.
setting an array element with a sequence\\. The requested array would exceed the maximum number of dimension of N\\.
only (?:length-1|size-1|0-dimensional) arrays can be converted to Python scalars
only integer scalar arrays can be converted to a scalar index
The truth value of an array with more than one element is ambiguous\\. Use a\\.any\\(\\) or a\\.all\\(\\)
The truth value of an empty array is ambiguous\\. Use `array\\.size > 0` to check that an array is not empty\\.
len\\(\\) of unsized object
iteration over a 0-d array
axis N is out of bounds for array of dimension N
axes don't match array
duplicate value in 'axis'
repeated axis(?: in transpose)?
all the input arrays must have same number of dimensions, but the array at index N has N dimension\\(s\\) and the \
array at index N has N dimension\\(s\\)
all the input array dimensions except for the concatenation axis must match exactly, but along dimension N, the array \
at index N has size N and the array at index N has size N
all input arrays must have the same shape
zero-dimensional arrays cannot be concatenated
need at least one array to (?:concatenate|stack)
array split does not result in an equal division
cannot select an axis to squeeze out which has size not equal to one
zero-size array to reduction operation NAME which has no identity
attempt to get arg(?:max|min) of an empty sequence
negative dimensions are not allowed
Maximum allowed (?:dimension|size) exceeded
Cannot cast ufunc 'NAME' output from DTYPE to DTYPE with casting rule 'same_kind'
Cannot cast array data from DTYPE to DTYPE according to the rule 'safe'
ufunc 'NAME' did not contain a loop with signature matching types (?:DTYPE|\\((?:DTYPE|, ){1,8}\\)) -> (?:DTYPE|None)
ufunc 'NAME' not supported for the input types, and the inputs could not be safely coerced to any supported types \
according to the casting rule ''safe''
loop of ufunc does not support argument N of type TYPE which has no callable NAME method
numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `\\^` operator, or the \
logical_xor function instead\\.
The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function \
instead\\.
Integers to negative integer powers are not allowed\\.
(?:assignment destination|output array) is read-only
Singular matrix
Last 2 dimensions of the array must be square
N-dimensional array given\\. Array must be (?:at least )?(?:one|two)-dimensional
array must not contain infs or NaNs
kth\\(=N\\) out of bounds \\(N\\)
repeats may not contain negative values\\.
Calling nonzero on 0d arrays is not allowed\\. Use np\\.atleast_1d\\(scalar\\)\\.nonzero\\(\\) instead\\.(?: If the \
context of this error is of the form `arr\\[nonzero\\(cond\\)\\]`, just use `arr\\[cond\\]`\\.)?
Input must be 1- or 2-d\\.
diag requires an array of at least two dimensions
Cannot take a larger sample than population when '?replace=False'?
'?a'? cannot be empty unless no samples are taken
a must be (?:1-dimensional|greater than 0 unless no samples are taken)(?: or an integer)?
'?a'? must be 1-dimensional(?: or an integer)?
'a' and 'p' must have same size
probabilities (?:do not sum to 1|are not non-negative|contain NaN)
(?:low >= high|high <= 0|scale < 0|p < 0, p > 1 or p is NaN|p < 0, p > 1 or p contains NaNs)
(?:overflow|underflow|invalid value|divide by zero) encountered in [a-z_ ]{1,30}
operand has (?:more|fewer) dimensions than subscripts given in einstein sum, but no '\\.\\.\\.' ellipsis provided to \
broadcast the extra dimensions\\.
einstein sum subscripts string contains too many subscripts for operand N
type TYPE doesn't define NAME method
slice step cannot be zero
object too deep for desired array
object of too small depth for desired array
x and y must have the same first dimension, but have shapes SHAPE and SHAPE

The size of tensor a \\(N\\) must match the size of tensor b \\(N\\) at non-singleton dimension N
mat1 and mat2 shapes cannot be multiplied \\(ROWS_COLUMNS and ROWS_COLUMNS\\)
size mismatch, got input \\(N\\), mat \\(ROWS_COLUMNS\\), vec \\(N\\)
inconsistent tensor size, expected tensor SIDES and src SIDES to have the same number of elements, but got N and N \
elements respectively
shape mismatch: indexing tensors could not be broadcast together with shapes SIDES(?:, SIDES){1,3}
output with shape SIDES doesn't match the broadcast shape SIDES
The expanded size of the tensor \\(N\\) must match the existing size \\(N\\) at non-singleton dimension N\\. {1,2}\
Target sizes: SIDES\\. {1,2}Tensor sizes: SIDES
Sizes of tensors must match except in dimension N\\. Expected size N but got size N for tensor number N in the list\\.
stack expects each tensor to be equal size, but got SIDES at entry N and SIDES at entry N
shape 'SIDES' is invalid for input of size N
view size is not compatible with input tensor's size and stride \\(at least one dimension spans across two contiguous \
subspaces\\)\\. Use \\.reshape\\(\\.\\.\\.\\) instead\\.
Dimension out of range \\(expected to be in range of \\[N, N\\], but got N\\)
index N is out of bounds for dimension N with size N
index out of range in self
tensors used as indices must be long, int, byte or bool tensors
self must be a matrix
t\\(\\) expects a tensor with <= 2 dimensions, but self is \\dD
a Tensor with N elements cannot be converted to Scalar
only one element tensors can be converted to Python scalars
Boolean value of Tensor with more than one value is ambiguous
(?:len\\(\\) of|iteration over) a 0-d tensor
expected m1 and m2 to have the same dtype, but got: NAME != NAME
mean\\(\\): could not infer output dtype\\. Input dtype must be either a floating point or complex dtype\\. Got: NAME
result type NAME can't be cast to the desired output type NAME
(?:gather|scatter)\\(\\): Expected dtype int32/int64 for index
CALL\\(\\): argument 'NAME' \\(position N\\) must be Tensor, not TYPE
CALL\\(\\) received an invalid combination of arguments - got \\((?:(?:NAME=)?TYPE(?:, (?:NAME=)?TYPE){0,5})?\\), but \
expected one of:
CALL\\(\\): Expected reduction dim to be specified for input\\.numel\\(\\) == 0\\. Specify the reduction dim with the \
'dim' argument\\.
CALL\\(\\): Expected reduction dim N to have non-zero size\\.
Can't call numpy\\(\\) on Tensor that requires grad\\. Use tensor\\.detach\\(\\)\\.numpy\\(\\) instead\\.
a leaf Variable that requires grad is being used in an in-place operation\\.
cannot sample n_sample > prob_dist\\.size\\(-1\\) samples without replacement
takes_tensors needs PyTorch, which is not installed here

THING should give (?:one number|an array, not (?:TYPE|array of dtype TYPE)|an array of N numbers at most)
expected several values, got one TYPE
expected a few values, got N
a value of N MiB is larger than the limit of N MiB
a value is larger than the limit
a value is nested deeper than N levels
a value has more than N parts
a whole number has \\d{1,9} bits; the limit is N
an array of shape SHAPE \\(SIZE MiB\\) is larger than the limit of N MiB
an argument is larger than any check's
"""

_OLD_NAME = re.compile(rf"module 'numpy' has no attribute '({_NAME})'|`np\.({_NAME})` was removed")
_OPEN = re.compile(rf"\b(?:{'|'.join(_PLACES)})\b")


@cache
def _known() -> re.Pattern[str]:
    """The sentences as one expression: it takes a tenth of a second, and most hand-ins never need it."""
    return re.compile(
        "|".join(
            f"(?:{_OPEN.sub(lambda place: f'(?:{_PLACES[place[0]]})', sentence)})"
            for sentence in _SENTENCES.splitlines()
            if sentence
        )
    )


def stopped(error: StudentError, lines: frozenset[str] | None = None) -> str:
    """A sentence about an exception, in which the student chose nothing but what is in the notebook.

    Parameters
    ----------
    lines : frozenset of str, optional
        The lines of the hand-in, see `lines_of`. Without them, no line is quoted.
    """
    sentence = f"it stopped with {error.type_name if error.type_name in _TYPES else 'a custom exception'}"
    text = _told(error.message, lines)
    sentence += f": {text}" if text else f" ({_HIDDEN})" if error.message else ""
    if text and (other := of_another_year(text)):
        sentence += f": {other}"
    if "NoneType" in text and not error.line:
        sentence += ": something that the check called gave None; does it return what it found?"
    line = error.line[:MAX_LINE]
    return f"{sentence} (in the line `{line}`)" if line and line in (lines or ()) else sentence


def lines_of(sources: Iterable[str]) -> frozenset[str]:
    """The lines of some cells, as `stopped` looks for them."""
    return frozenset(line.strip()[:MAX_LINE] for source in sources for line in source.splitlines())


def _told(message: str, lines: frozenset[str] | None) -> str:
    """An exception's text if it is a known sentence, else "".

    A long name in it also has to be in the notebook, or it might be made up of inputs.
    """
    if advice := _advice(message):
        return advice
    text = message[:MAX_TEXT].split("\n", 1)[0]
    if not _known().fullmatch(text) or sum(letter.isdigit() for letter in text) > MAX_DIGITS:
        return ""
    if lines is not None:
        for name in re.findall(rf"(?<=['\"]){_NAME}(?=['\"])|^[\w.]+(?=\(\))", text):
            if len(name) > SHORT and not any(name.rpartition(".")[2] in line for line in lines):
                return ""
    return text.strip()


def _advice(message: str) -> str:
    """What NumPy says about a name that it no longer has. NumPy is asked again here; the student's text is not used."""
    if found := _OLD_NAME.match(message):
        try:
            getattr(np, found[1] or found[2])
        except AttributeError as error:
            return " ".join(str(error).splitlines()[:2]) if "`" in str(error) else ""
    return ""
