"""Public tests of assignment 4, optimisation. The hidden tests ask the same questions of other inputs, and more.

Run all with `pytest tests/public -m optimization`, one question with `pytest tests/public -m optimization.adam`.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from public_checks import close, fresh, say

# Two names of one shape (a memory must not be shared) and a third; entries of both signs and of all sizes.
START = {"w": np.array([1.0, -2.0, 0.5]), "b": np.array([0.25, 0.0, -3.0]), "slope": np.array([[2.0], [-1.5]])}
GRADS = {"w": np.array([1.0, -1.0, 4.0]), "b": np.array([0.5, -2.0, 0.01]), "slope": np.array([[3.0], [-0.1]])}

ONES = {"w": np.ones((2, 3)), "b": np.ones(3)}  # the gradients of the worked trajectories


STILL = "it has not moved: write w -= …, since w = w - … makes a new array that nobody else sees"


def step(question, parameters, optimizer, *dicts):
    """Let the optimizer take a step with a `doubles.Parameters`. Return the arrays afterwards, as copies."""
    wrong = parameters.step(optimizer, *dicts)
    if wrong:
        raise AssertionError(say(question, wrong[0]))
    return parameters.values()


def arrives(question, what, start, actual, expected, hint=""):
    """Assert that `actual` is `expected`, with a hint of its own where it is still `start` (None: it has moved)."""
    stays = start is not None and np.array_equal(actual, start) and not np.array_equal(expected, start)
    close(question, what, actual, expected, STILL if stays else hint)


def moves(student, question, optimizer, steps, grads=ONES):
    """Return a list of dicts: how far each parameter goes down in each step, from 0, with the same gradients."""
    places = [{name: np.zeros_like(grad) for name, grad in grads.items()}]
    parameters = student.doubles.Parameters(places[0])
    for _ in range(steps):
        places.append(step(question, parameters, optimizer, {name: grad.copy() for name, grad in grads.items()}))
    return [{name: old[name] - new[name] for name in grads} for old, new in pairwise(places)]


def constant_gradient(student, question, optimizer, expected, hint=""):
    """Assert that with a gradient of 1 everywhere the steps are `expected`, for each name."""
    for number, move in enumerate(moves(student, question, optimizer, len(expected)), start=1):
        for name, grad in ONES.items():
            what = f"step {number} of {name!r}, for a gradient of 1 in every step,"
            start = 0 * grad if number == 1 else None
            arrives(question, what, start, move[name], np.full_like(grad, expected[number - 1]), hint)


def uneven(student, question, make, rows=None):
    """Assert that two names whose steps come at different times move as each would by itself.

    make: function that makes an optimizer. rows: if given, the gradients of "b" are pairs (rows, values).
    """
    together, both = make(), student.doubles.Parameters({"w": np.zeros((2, 1)), "b": np.zeros((2, 1))})
    alone = {name: (make(), student.doubles.Parameters({name: np.zeros((2, 1))})) for name in ("w", "b")}
    hint = "what is remembered, a count of steps included, belongs to one name of one optimizer"
    for number, names in enumerate((("w",), ("b", "w"), ("b",), ("w", "b")), start=1):
        grads = {"w": np.array([[1.0], [-2.0]]) * number, "b": np.array([[3.0], [0.5]]) / number}
        if rows is not None:
            grads["b"] = rows, grads["b"]
        places = step(question, both, together, {name: grads[name] for name in names})
        for name in names:
            optimizer, parameters = alone[name]
            expected = step(question, parameters, optimizer, {name: grads[name]})[name]
            what = f"step {number} had gradients for {' and '.join(names)}: {name!r}"
            close(question, what, places[name], expected, hint)


def own_memory(student, question, optimizer, expected):
    """Assert where gradients of 1, 0 and 0 lead from 0, all in one array that is filled anew before each step."""
    parameters, grads = student.doubles.Parameters({"w": np.zeros(1)}), {"w": np.zeros(1)}
    for slope in (1.0, 0.0, 0.0):
        grads["w"][...] = slope
        w = step(question, parameters, optimizer, grads)["w"]
    what = "w after gradients of 1, 0 and 0, all in the same array,"
    hint = "copy what you remember of a gradient: the caller may fill its array anew"
    arrives(question, what, np.zeros(1), w, np.array([expected]), hint)


def decays(student, question, optimizer, plain):
    """Assert that an optimizer of lr 0.5 and weight_decay 0.2 first shrinks by 0.9, then steps like `plain`."""
    decayed = step(question, student.doubles.Parameters(START), optimizer, GRADS)
    without = step(question, student.doubles.Parameters(START), plain, GRADS)
    hint = "w *= 1 - lr·weight_decay, for every parameter and not through the gradient"
    for name, start in START.items():
        expected = 0.9 * start - (start - without[name])
        arrives(question, f"{name!r} after a step with weight decay", start, decayed[name], expected, hint)


def still(student, question, optimizer):
    """Assert that a gradient of zeros moves nothing, and that no entry becomes nan."""
    hint = "0 / 0: eps belongs in the denominator"
    for move in moves(student, question, optimizer, 2, {"w": np.zeros(3)}):
        close(question, "the step for a gradient of zeros", move["w"], np.zeros(3), hint)


@pytest.mark.question("optimization.sgd")
def test_sgd_walks_against_the_gradient(student):
    constant_gradient(student, "optimization.sgd", student.optimizers.SGD(0.1), [0.1, 0.1, 0.1])
    move = moves(student, "optimization.sgd", student.optimizers.SGD(lr=0.5), 1, GRADS)[0]
    for name, grad in GRADS.items():
        arrives("optimization.sgd", f"the step of {name!r}", 0 * grad, move[name], 0.5 * grad)


@pytest.mark.question("optimization.sgd")
def test_sgd_reads_lr_at_each_step(student):
    optimizer, parameters = student.optimizers.SGD(0.1), student.doubles.Parameters({"w": np.zeros(2)})
    optimizer.lr = 3.0
    w = step("optimization.sgd", parameters, optimizer, {"w": np.array([1.0, -2.0])})["w"]
    arrives("optimization.sgd", "w after lr was set to 3", np.zeros(2), w, np.array([-3.0, 6.0]))


@pytest.mark.question("optimization.sgd")
def test_sgd_decays_every_parameter(student):
    optimizers = student.optimizers
    decays(student, "optimization.sgd", optimizers.SGD(0.5, weight_decay=0.2), optimizers.SGD(0.5))


@pytest.mark.question("optimization.momentum")
def test_momentum_for_a_constant_gradient(student):
    hint = "v ← μ v + g, for each name by itself"
    constant_gradient(student, "optimization.momentum", student.optimizers.Momentum(1.0), [1.0, 1.9, 2.71], hint)
    again = student.optimizers.Momentum(1.0)  # a new instance has no memory
    constant_gradient(student, "optimization.momentum", again, [1.0, 1.9, 2.71], "what one instance saw is its own")


@pytest.mark.question("optimization.momentum")
def test_momentum_averaged(student):
    optimizer = student.optimizers.Momentum(1.0, momentum=0.9, averaged=True)
    constant_gradient(student, "optimization.momentum", optimizer, [0.1, 0.19, 0.271], "v ← μ v + (1 - μ) g")


@pytest.mark.question("optimization.momentum")
def test_momentum_keeps_lr_out_of_its_memory(student):
    optimizer = student.optimizers.Momentum(1.0, momentum=0.5)
    parameters = student.doubles.Parameters({"w": np.zeros(2)})
    for lr, place in ((1.0, -1.0), (0.1, -1.15), (0.0, -1.15)):  # v = 1, 1.5, 1.75
        optimizer.lr = lr
        w = step("optimization.momentum", parameters, optimizer, {"w": np.ones(2)})["w"]
        hint = "lr multiplies v, it does not go into v"
        close("optimization.momentum", f"w after a step with lr {lr}", w, np.full(2, place), hint)


@pytest.mark.question("optimization.momentum")
def test_momentum_decays_every_parameter(student):
    optimizers = student.optimizers
    decays(student, "optimization.momentum", optimizers.Momentum(0.5, weight_decay=0.2), optimizers.Momentum(0.5))


@pytest.mark.question("optimization.momentum")
def test_momentum_remembers_each_name_by_itself(student):
    uneven(student, "optimization.momentum", lambda: student.optimizers.Momentum(0.5))


@pytest.mark.question("optimization.momentum")
def test_momentum_keeps_no_array_of_the_caller(student):
    own_memory(student, "optimization.momentum", student.optimizers.Momentum(1.0, momentum=0.5), -1.75)


@pytest.mark.question("optimization.nesterov")
def test_nesterov_for_a_constant_gradient(student):
    hint = "v ← μ v + g, then the direction is g + μ v with the new v"
    constant_gradient(student, "optimization.nesterov", student.optimizers.Nesterov(1.0), [1.9, 2.71, 3.439], hint)


@pytest.mark.question("optimization.nesterov")
def test_nesterov_decays_every_parameter(student):
    optimizers = student.optimizers
    decays(student, "optimization.nesterov", optimizers.Nesterov(0.5, weight_decay=0.2), optimizers.Nesterov(0.5))


@pytest.mark.question("optimization.nesterov")
def test_nesterov_remembers_each_name_by_itself(student):
    uneven(student, "optimization.nesterov", lambda: student.optimizers.Nesterov(0.5))


@pytest.mark.question("optimization.nesterov")
def test_nesterov_keeps_no_array_of_the_caller(student):
    own_memory(student, "optimization.nesterov", student.optimizers.Nesterov(1.0, momentum=0.5), -1.875)


@pytest.mark.question("optimization.adagrad")
def test_adagrad_for_a_constant_gradient(student):
    expected = [1 / (math.sqrt(t) + 1e-10) for t in (1, 2, 3)]
    constant_gradient(student, "optimization.adagrad", student.optimizers.Adagrad(1.0), expected, "s ← s + g²")


@pytest.mark.question("optimization.adagrad")
def test_adagrad_gives_each_entry_its_own_step(student):
    move = moves(student, "optimization.adagrad", student.optimizers.Adagrad(0.5, eps=1.0), 1, GRADS)[0]
    for name, g in GRADS.items():
        close("optimization.adagrad", f"the first step of {name!r}, eps = 1,", move[name], 0.5 * g / (np.abs(g) + 1))
    still(student, "optimization.adagrad", student.optimizers.Adagrad(1.0))


@pytest.mark.question("optimization.adagrad")
def test_adagrad_decays_every_parameter(student):
    optimizers = student.optimizers
    decays(student, "optimization.adagrad", optimizers.Adagrad(0.5, weight_decay=0.2), optimizers.Adagrad(0.5))


@pytest.mark.question("optimization.adagrad")
def test_adagrad_remembers_each_name_by_itself(student):
    uneven(student, "optimization.adagrad", lambda: student.optimizers.Adagrad(0.5))


@pytest.mark.question("optimization.adadelta")
def test_adadelta_for_a_constant_gradient(student):
    first = math.sqrt(1e-6) / math.sqrt(0.1 + 1e-6)
    second = math.sqrt(0.1 * first**2 + 1e-6) / math.sqrt(0.19 + 1e-6)
    hint = "√(d + eps) / √(s + eps) · g, where d is the mean of the squared steps before this one"
    constant_gradient(student, "optimization.adadelta", student.optimizers.Adadelta(), [first, second], hint)


@pytest.mark.question("optimization.adadelta")
def test_adadelta_keeps_lr_out_of_its_memory(student):
    small, large = student.optimizers.Adadelta(lr=0.25), student.optimizers.Adadelta(lr=4.0)
    few, many = (moves(student, "optimization.adadelta", each, 3, GRADS) for each in (small, large))
    for step in range(3):
        hint = "d averages δ², without lr"
        close("optimization.adadelta", f"step {step + 1}, lr 4,", many[step]["w"], 16 * few[step]["w"], hint)
    still(student, "optimization.adadelta", student.optimizers.Adadelta())


@pytest.mark.question("optimization.adadelta")
def test_adadelta_decays_every_parameter(student):
    optimizers = student.optimizers
    decays(student, "optimization.adadelta", optimizers.Adadelta(0.5, weight_decay=0.2), optimizers.Adadelta(0.5))


@pytest.mark.question("optimization.adadelta")
def test_adadelta_remembers_each_name_by_itself(student):
    uneven(student, "optimization.adadelta", lambda: student.optimizers.Adadelta(0.5))


@pytest.mark.question("optimization.rmsprop")
def test_rmsprop_for_a_constant_gradient(student):
    expected = [1 / (math.sqrt(s) + 1e-8) for s in (0.1, 0.19, 0.271)]
    constant_gradient(
        student, "optimization.rmsprop", student.optimizers.RMSProp(1.0), expected, "s ← ρ s + (1 - ρ) g²"
    )


@pytest.mark.question("optimization.rmsprop")
def test_rmsprop_gives_each_entry_its_own_step(student):
    move = moves(student, "optimization.rmsprop", student.optimizers.RMSProp(0.5, rho=0.75, eps=1.0), 1, GRADS)[0]
    for name, g in GRADS.items():
        expected = 0.5 * g / (0.5 * np.abs(g) + 1)  # √(0.25 g²) = 0.5 |g|
        close("optimization.rmsprop", f"the first step of {name!r}, ρ = 0.75, eps = 1,", move[name], expected)
    still(student, "optimization.rmsprop", student.optimizers.RMSProp(1.0))


@pytest.mark.question("optimization.rmsprop")
def test_rmsprop_decays_every_parameter(student):
    optimizers = student.optimizers
    decays(student, "optimization.rmsprop", optimizers.RMSProp(0.5, weight_decay=0.2), optimizers.RMSProp(0.5))


@pytest.mark.question("optimization.rmsprop")
def test_rmsprop_remembers_each_name_by_itself(student):
    uneven(student, "optimization.rmsprop", lambda: student.optimizers.RMSProp(0.5))


@pytest.mark.question("optimization.adam")
def test_adam_for_a_constant_gradient(student):
    step = 1 / (1 + 1e-8)
    hint = "with the bias corrected, every step is lr · sign(g), up to eps"
    constant_gradient(student, "optimization.adam", student.optimizers.Adam(1.0), [step, step, step], hint)


@pytest.mark.question("optimization.adam")
def test_adam_first_step_is_the_sign_up_to_eps(student):
    move = moves(student, "optimization.adam", student.optimizers.Adam(0.5, eps=1.0), 1, GRADS)[0]
    hint = "m̂ = g and √v̂ = |g| in the first step; eps stands outside the root"
    for name, g in GRADS.items():
        close("optimization.adam", f"the first step of {name!r}, eps = 1,", move[name], 0.5 * g / (np.abs(g) + 1), hint)
    still(student, "optimization.adam", student.optimizers.Adam(1.0))


@pytest.mark.question("optimization.adam")
def test_adam_second_step(student):
    optimizer = student.optimizers.Adam(1.0, beta1=0.5, beta2=0.75, eps=0.0)
    parameters = student.doubles.Parameters({"w": np.zeros(1)})
    for g in (2.0, -1.0):
        w = step("optimization.adam", parameters, optimizer, {"w": np.array([g])})["w"]
    # m = 1, then 0; so the second step is 0 and w stays where the first step led: -1
    close("optimization.adam", "w after the gradients 2 and -1", w, np.array([-1.0]))


@pytest.mark.question("optimization.adam")
def test_adam_decays_every_parameter(student):
    optimizers = student.optimizers
    decays(student, "optimization.adam", optimizers.Adam(0.5, weight_decay=0.2), optimizers.Adam(0.5))


@pytest.mark.question("optimization.adam")
def test_adam_remembers_each_name_by_itself(student):
    uneven(student, "optimization.adam", lambda: student.optimizers.Adam(0.5))


@pytest.mark.question("optimization.sparse_adam")
def test_sparse_adam_moves_only_the_given_rows(student):
    optimizer, parameters = (
        student.optimizers.SparseAdam(0.5, eps=1.0),
        student.doubles.Parameters({"w": np.ones((4, 2))}),
    )
    rows, values = np.array([2, 0, 2]), np.array([[1.0, 2.0], [3.0, -4.0], [1.0, -5.0]])
    w = step("optimization.sparse_adam", parameters, optimizer, {"w": (rows, values)})["w"]
    # row 2 occurs twice: its gradient is (2, -3); the first step is 0.5 g / (|g| + 1)
    expected = np.ones((4, 2)) - 0.5 * np.array([[3 / 4, -4 / 5], [0, 0], [2 / 3, -3 / 4], [0, 0]])
    arrives("optimization.sparse_adam", "w", np.ones((4, 2)), w, expected, "sum the values of a repeated row first")
    whole = np.array_equal(w[[1, 3]], np.ones((2, 2)))
    assert whole, say("optimization.sparse_adam", "a row without a gradient has moved")


@pytest.mark.question("optimization.sparse_adam")
def test_sparse_adam_counts_the_steps_of_the_name(student):
    optimizer = student.optimizers.SparseAdam(1.0, beta1=0.5, beta2=0.75, eps=0.0)
    parameters = student.doubles.Parameters({"w": np.zeros((2, 1))})
    for row in (0, 1):
        pair = np.array([row]), np.array([[2.0]])
        w = step("optimization.sparse_adam", parameters, optimizer, {"w": pair})["w"]
    # row 1 is met in step 2: m̂ = 0.5·2 / (1 - 0.5²), v̂ = 0.25·4 / (1 - 0.75²)
    second = (1 / 0.75) / math.sqrt(1 / 0.4375)
    hint = "t counts the steps of that name; a row that was left out keeps its m and v"
    close("optimization.sparse_adam", "w", w, np.array([[-1.0], [-second]]), hint)


@pytest.mark.question("optimization.sparse_adam")
def test_sparse_adam_with_whole_arrays_is_adam(student):
    step = 1 / (1 + 1e-8)
    constant_gradient(student, "optimization.sparse_adam", student.optimizers.SparseAdam(1.0), [step, step, step])


@pytest.mark.question("optimization.sparse_adam")
def test_sparse_adam_remembers_each_name_by_itself(student):
    uneven(student, "optimization.sparse_adam", lambda: student.optimizers.SparseAdam(0.5), np.array([1, 0]))


@pytest.mark.question("optimization.newton")
def test_newton_meets_the_minimum_of_a_quadratic_in_one_step(student):
    hessian, minimum = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([0.5, -4.0])
    start = np.array([10.0, 20.0])
    parameters, gradient = student.doubles.Parameters({"w": start}), hessian @ (start - minimum)
    w = step("optimization.newton", parameters, student.optimizers.Newton(), {"w": gradient}, {"w": hessian})["w"]
    hint = "solve H p = g; dividing by the entries of H is something else"
    arrives("optimization.newton", "w after one step", start, w, minimum, hint)


@pytest.mark.question("optimization.newton")
def test_newton_goes_to_a_saddle_too(student):
    parameters = student.doubles.Parameters({"w": np.array([3.0, 1.0])})  # on f = x² - y²
    grads, hessians = {"w": np.array([6.0, -2.0])}, {"w": np.diag([2.0, -2.0])}
    w = step("optimization.newton", parameters, student.optimizers.Newton(), grads, hessians)["w"]
    arrives("optimization.newton", "w after one step on x² - y²", np.array([3.0, 1.0]), w, np.zeros(2))


@pytest.mark.question("optimization.newton")
def test_newton_damped_on_a_matrix(student):
    parameters = student.doubles.Parameters({"w": np.zeros((2, 2))})
    grads, hessians = {"w": np.array([[2.0, 4.0], [1.0, 6.0]])}, {"w": np.diag([1.0, 3.0, 0.0, -3.0])}
    optimizer = student.optimizers.Newton(lr=0.5, damping=1.0)
    w = step("optimization.newton", parameters, optimizer, grads, hessians)["w"]
    expected = -0.5 * np.array([[2 / 2, 4 / 4], [1 / 1, 6 / -2]])
    arrives("optimization.newton", "w", np.zeros((2, 2)), w, expected, "H + damping·I, entries of w row by row")


@pytest.mark.question("optimization.descend")
def test_descend_returns_the_start_and_every_place_after(student):
    start, optimizer = np.array([4.0, -2.0]), student.doubles.RecordingOptimizer(lr=0.25)
    path = student.optimizers.descend(lambda w: 2 * w, start, optimizer, 3)  # f = x² + y²: each step halves w
    halves = np.array([[1.0], [0.5], [0.25], [0.125]])
    close("optimization.descend", "the path", path, halves * np.array([4.0, -2.0]), "steps + 1 rows, each a copy")
    assert len(optimizer.log) == 3, say("optimization.descend", f"{len(optimizer.log)} steps, expected 3")
    close("optimization.descend", "the start", start, np.array([4.0, -2.0]), "work on a copy of start")
    fresh("optimization.descend", "the path", path, start)


@pytest.mark.question("optimization.constant")
@pytest.mark.parametrize("epoch", [0, 1, 100])
def test_constant(student, epoch):
    close("optimization.constant", f"the rate of epoch {epoch}", student.schedules.Constant(0.3)(epoch), 0.3)


@pytest.mark.question("optimization.step_decay")
def test_step_decay_is_a_stair(student):
    schedule = student.schedules.StepDecay(0.8, 3)
    for epoch, expected in enumerate([0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2]):
        hint = "the first drop comes at epoch 3"
        close("optimization.step_decay", f"the rate of epoch {epoch}", schedule(epoch), expected, hint)
    tenth = student.schedules.StepDecay(2.0, 5, factor=0.1)
    close("optimization.step_decay", "factor 0.1, every 5: the rate of epoch 11", tenth(11), 0.02)


@pytest.mark.question("optimization.exponential_decay")
@pytest.mark.parametrize(("epoch", "expected"), [(0, 0.5), (1, 0.5 * math.exp(-0.1)), (10, 0.5 / math.e)])
def test_exponential_decay(student, epoch, expected):
    schedule = student.schedules.ExponentialDecay(0.5, 0.1)
    close("optimization.exponential_decay", f"the rate of epoch {epoch}", schedule(epoch), expected)


@pytest.mark.question("optimization.cyclic")
def test_cyclic_is_a_triangle(student):
    schedule = student.schedules.Cyclic(1.0, 3.0, 4)
    for epoch, expected in enumerate([1.0, 1.5, 2.0, 2.5, 3.0, 2.5, 2.0, 1.5, 1.0, 1.5]):
        close("optimization.cyclic", f"the rate of epoch {epoch}", schedule(epoch), expected)


@pytest.mark.question("optimization.best_power_of_ten")
def test_best_power_of_ten_is_that_of_the_smallest_loss(student):
    tried = []

    def run(lr):
        tried.append(lr)
        return abs(math.log10(lr) + 2)  # best at 0.01

    best = student.schedules.best_power_of_ten(run, [-4, -1, -2, -3])
    close("optimization.best_power_of_ten", "the rate", best, 0.01)
    wanted = [round(math.log10(lr), 9) for lr in sorted(tried)] == [-4, -3, -2, -1]
    assert wanted, say("optimization.best_power_of_ten", f"run was called with {tried}, expected each rate once")


@pytest.mark.question("optimization.best_power_of_ten")
@pytest.mark.parametrize("diverged", [math.nan, math.inf, -math.inf])
def test_best_power_of_ten_leaves_out_runs_that_diverged(student, diverged):
    losses = {-1: diverged, -2: 0.75, -3: 0.5, 0: diverged}
    best = student.schedules.best_power_of_ten(lambda lr: losses[round(math.log10(lr))], [0, -1, -2, -3])
    close("optimization.best_power_of_ten", f"the rate, where large rates end at {diverged},", best, 0.001)


@pytest.mark.question("optimization.check_momentum")
def test_check_momentum_accepts_yours(student):
    result = student.optimizer_tests.check_momentum(student.optimizers.Momentum)
    assert result is None, say("optimization.check_momentum", f"it returned {result!r}, expected None")


@pytest.mark.question("optimization.check_momentum")
def test_check_momentum_catches_one_that_walks_uphill(student):
    check, wrong = student.optimizer_tests.check_momentum, student.doubles.UphillMomentum
    problem, hint = "a Momentum that walks up instead of down passes", "compare with numbers worked out by hand"
    assert student.doubles.fails(check, wrong), say("optimization.check_momentum", problem, hint)
