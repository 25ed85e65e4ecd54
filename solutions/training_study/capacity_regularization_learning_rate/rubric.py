"""capacity_regularization_learning_rate.ipynb: a two-layer network in four functions, and what three studies show.

Training is judged by what can be known whatever the random numbers are: on a batch whose rows are all the same, every
way of sampling takes the same steps.
"""

from autograder.authoring.rubric import Rubric

from ..shared import GRADIENTS, LOSS, add_checks

rubric = Rubric()

rubric.depends_on(LOSS, {"nn_forward_pass": ("nn_forward_pass",)})
rubric.depends_on(GRADIENTS, {"nn_forward_pass": ("nn_forward_pass",)})
FORWARD_BACKWARD = ("nn_forward_pass", LOSS, GRADIENTS)
rubric.depends_on("nn_predict", {"nn_forward_backward": ("nn_forward_pass",)})
# Not for nn_predict: a function among its arguments cannot cross to the grader.
rubric.depends_on("nn_train", {"nn_forward_backward": FORWARD_BACKWARD})

add_checks(rubric)


@rubric.check(cell="inline_question_1", points=1)
def tells_why_the_default_training_fails(draw):
    """inline question 1: the right choice of what the default training shows"""
    return lambda code: {"your choice": code.inline_question_1}


@rubric.check(cell="inline_question_2", points=1)
def reads_the_study_of_capacity(draw):
    """inline question 2: the right choice of what the study of capacity shows"""
    return lambda code: {"your choice": code.inline_question_2}


@rubric.check(cell="inline_question_3", points=1)
def reads_the_study_of_regularization(draw):
    """inline question 3: the right choice of what the study of regularization shows"""
    return lambda code: {"your choice": code.inline_question_3}


@rubric.check(cell="inline_question_4", points=1)
def reads_the_study_of_the_learning_rate(draw):
    """inline question 4: the right choice of what the study of the learning rate shows"""
    return lambda code: {"your choice": code.inline_question_4}
