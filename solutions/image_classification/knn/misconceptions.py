"""Known mistakes in knn.ipynb. Each was seen in a public solution, in a forum, or made by hand from one."""

from autograder.authoring.misconception import Misconception as M

_ROWS, _TWO, _ONE, _NONE = "as_rows", *(f"compute_distances_{way}" for way in ("two_loops", "one_loop", "no_loops"))
_L1, _VOTE, _FOLDS, _CROSS, _BEST = "compute_distances_l1", "predict_labels", "make_folds", "cross_validate", "best_of"

_TRIANGLE = "From (0, 0) to (3, 4) the distance is 5. What does your function give for these two points?"
_STREETS = "From (0, 0) to (3, 4) the distance along the streets is 7. What does your function give for these two points?"
_ROW_OF_DISTANCES = ("A row of dists has one number for each training example. How many does your sum leave, and "
                     "does each belong to one training example?")
_TIE = "Let one neighbour vote for 2 and one, a little farther away, for 1. Which label should win, and which one does?"
_LEFT_OUT = "With k = 1 and a fold that is also trained on, every example would be its own neighbour. What is your accuracy for k = 1?"
_SHARE = "If every example of a fold is classified right, its accuracy is 1, however many there are. What is yours then?"


_FORGETS = "remembers nothing from one call to the next"
_AGAIN = "Call it twice with different test examples. Does the second call give distances of its own?"


def _kept(cell: str) -> M:
    """The mistake that the distances of the first call are kept."""
    method = cell
    return M(f"{cell.removeprefix('compute_distances_')}_kept", cell,
             {f"def {method}(self, X):": f"def {method}(self, X):\n    if not hasattr(self, 'dists'):\n"
                                         "        self.dists = self._dists(X)\n    return self.dists\n\n\n"
                                         f"@add_to_class(KNearestNeighbor)\ndef _dists(self, X):"},
             "The distances of the first call are kept, and given again whatever X is: compute them anew each time.", _AGAIN,
             contract=_FORGETS if cell == _L1 else "")


def _way(cell: str, name: str, old: str, new: str, hint: str, violates: str) -> M:
    return M(f"{cell.removeprefix('compute_distances_')}_{name}", cell, {old: new}, hint, violates)


CATALOGUE = [
    # One minute to begin with
    M("places_counted", "count_numbers", {"3 * height": "height"},
      "This counts the places; each of them has three numbers, one for each colour.",
      "How many numbers does a picture with one row and one column have? What does your function give?"),
    M("sides_added", "count_numbers", {"height * width": "(height + width)"},
      "The sides are added; there are height times width places.",
      "A picture with 1 row and 2 columns has two places. How many does your function count?"),
    M("three_added", "count_numbers", {"3 * height * width": "height * width + 3"},
      "The three colours are added to the places; each place has three numbers, so multiply.",
      "How many numbers does a picture with one row and one column have? What does your function give?"),
    M("shape_in_place_of_a_number", "count_numbers", {"3 * height * width": "(height, width, 3)"},
      "This is the shape of a picture; how many numbers there are is one number, the product of the three.",
      "What type does your function return? One number is asked for."),
    M("one_size_only", "count_numbers", {"3 * height * width": "3072"},
      "This is the number for 32 rows and 32 columns; use height and width.",
      "Ask for two pictures of different sizes. Do the numbers differ?"),

    # as_rows
    M("no_float_cast", _ROWS, {".astype(np.float64)": ""},
      "The rows are still uint8, where 3 − 5 is 254: make floating-point numbers of them with astype.",
      "Subtract a brighter row from a darker one: there should be negative numbers. Are there any in yours?"),
    M("half_precision", _ROWS, {".astype(np.float64)": ".astype(np.float16)"},
      "float16 ends at 65504, and its numbers have three digits: the squares of a few pixels overflow. Take float64.",
      "Add up the squares of a white picture: 3072 times 255². What do you get?"),
    M("pixels_scaled", _ROWS, {".astype(np.float64)": " / 255"},
      "The values stay 0 to 255 here: nothing is divided by 255.",
      "The largest number of a white picture should be the same before and after. Is it?"),
    M("pictures_mixed", _ROWS, {"images.reshape(len(images), -1)": "images.reshape(-1, len(images)).T"},
      "reshape does not move axes: name the number of pictures first, so that row i stays picture i.",
      "Change one picture, and one row should change. Does only one change in yours?"),
    M("channels_first", _ROWS, {"images.reshape": "images.transpose(0, 3, 1, 2).reshape"},
      "The numbers come in a different order from the one they are stored in: flatten the pictures as they are.",
      "The first three numbers of a row are the red, green and blue of the first pixel. Are they in yours?"),
    M("rows_in_fortran_order", _ROWS, {"-1)": '-1, order="F")'},
      "The numbers come in Fortran order: use reshape's default order.",
      "The first three numbers of a row are the red, green and blue of the first pixel. Are they in yours?"),
    M("one_long_row", _ROWS, {"images.reshape(len(images), -1)": "images.reshape(-1)"},
      "All pictures have become a single row: keep one row for each picture.",
      "For N pictures there should be N rows. What is the shape of yours?"),
    M("one_channel_only", _ROWS, {"images.reshape": "images[:, :, :, 0].reshape"},
      "Only the red numbers are kept: a row has all three of each pixel.",
      "A row has H · W · 3 numbers. How many has yours?"),

    # Two loops
    _way(_TWO, "root_missing", "np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))", "np.sum((X[i] - self.X_train[j]) ** 2)",
         "The square root is missing: these are squared distances.", _TRIANGLE),
    _way(_TWO, "give_l1", "np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))", "np.sum(np.abs(X[i] - self.X_train[j]))",
         "This is the L1 distance; here it should be the Euclidean one: squares, sum, root.", _TRIANGLE),
    _way(_TWO, "give_the_largest_difference", "np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))",
         "np.max(np.abs(X[i] - self.X_train[j]))",
         "This is the largest single difference; the Euclidean distance adds up the squares of all.", _TRIANGLE),
    _way(_TWO, "average", "np.sum(", "np.mean(",
         "The squares are averaged over the D numbers; the Euclidean distance adds them up.", _TRIANGLE),
    _way(_TWO, "square_the_sum", "np.sum((X[i] - self.X_train[j]) ** 2)", "np.sum(X[i] - self.X_train[j]) ** 2",
         "Square each difference first, then add up: differences of opposite sign must not cancel.", _TRIANGLE),
    _way(_TWO, "add_instead", "X[i] - self.X_train[j]", "X[i] + self.X_train[j]",
         "The two rows are added; a distance needs their difference.",
         "The distance from an example to itself is 0. Is it in yours?"),
    _way(_TWO, "wrap_around", "X[i] - self.X_train[j]", "X[i].astype(np.uint8) - self.X_train[j].astype(np.uint8)",
         "The subtraction is done in uint8, where 3 − 5 is 254: keep floating-point numbers.",
         "The distance from a dark picture to a bright one is the same as the distance back. Is it in yours?"),
    _way(_TWO, "compare_with_the_test_set", "self.X_train[j]", "X[j % len(X)]",
         "Both rows come from X; one of them must come from self.X_train.",
         "Change a training example: its whole column of dists must change. Does it?"),
    _way(_TWO, "give_the_product", "np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))", "X[i] @ self.X_train[j]",
         "This is the inner product of the two rows, not their distance.",
         "The distance from an example to itself is 0. Is it in yours?"),

    _way(_TWO, "add_up_along_the_row", "dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))",
         "dists[i, j] = np.sqrt((dists[i, j - 1] ** 2 if j else 0) + np.sum((X[i] - self.X_train[j]) ** 2))",
         "The sum of squares is not set to 0 for each pair, so that distances grow along the row: begin it anew for each j.",
         "Put the training examples in another order: the same distances come in another order. Do they in yours?"),
    *map(_kept, (_TWO, _ONE, _NONE, _L1)),

    # One loop
    _way(_ONE, "root_missing", "np.sqrt(((self.X_train - X[i]) ** 2).sum(axis=1))", "((self.X_train - X[i]) ** 2).sum(axis=1)",
         "The square root is missing: these are squared distances.", _TRIANGLE),
    _way(_ONE, "give_l1", "np.sqrt(((self.X_train - X[i]) ** 2).sum(axis=1))", "np.abs(self.X_train - X[i]).sum(axis=1)",
         "This is the L1 distance; here it should be the Euclidean one: squares, sum, root.", _TRIANGLE),
    _way(_ONE, "sum_the_wrong_axis", "axis=1", "axis=0",
         "The sum runs over the training examples; sum over the D numbers of each (axis 1).", _ROW_OF_DISTANCES),
    _way(_ONE, "sum_everything", ".sum(axis=1)", ".sum()",
         "Everything is added up to one number, which fills the whole row: sum over axis 1 only.", _ROW_OF_DISTANCES),
    _way(_ONE, "average", ".sum(axis=1)", ".mean(axis=1)",
         "The squares are averaged over the D numbers; the Euclidean distance adds them up.", _TRIANGLE),
    _way(_ONE, "square_the_sum", "((self.X_train - X[i]) ** 2).sum(axis=1)", "(self.X_train - X[i]).sum(axis=1) ** 2",
         "Square each difference first, then add up: differences of opposite sign must not cancel.", _TRIANGLE),
    _way(_ONE, "same_row_always", "X[i]", "X[0]",
         "Every row of dists is that of the first test example: subtract row i.",
         "Change the last test example: the last row of dists must change. Does it?"),

    # No loops
    _way(_NONE, "two_lost", "2 * (X @", "1 * (X @",
         "The factor 2 is missing: (a − b)² = a² + b² − 2ab.", "Write (a − b)² out for a = b: it must give 0. Does yours?"),
    _way(_NONE, "sign_of_the_product", "squares - 2", "squares + 2",
         "The product has the wrong sign: (a − b)² = a² + b² − 2ab.", "Write (a − b)² out for a = b: it must give 0. Does yours?"),
    _way(_NONE, "root_missing", "np.sqrt(np.maximum(0, squares - 2 * (X @ self.X_train.T)))",
         "np.maximum(0, squares - 2 * (X @ self.X_train.T))",
         "The square root is missing: these are squared distances.", _TRIANGLE),
    _way(_NONE, "nan_for_equal_rows", "np.maximum(0, squares - 2 * (X @ self.X_train.T))", "squares - 2 * (X @ self.X_train.T)",
         "Rounding leaves −1e-13 or so where two rows are equal, and its root is NaN: take the larger of it and 0 first.",
         "The distance from an example to itself is 0, up to rounding. Is it a number in yours, for each of a "
         "hundred examples?"),
    _way(_NONE, "epsilon_under_the_root", "np.maximum(0, squares - 2 * (X @ self.X_train.T))",
         "np.abs(squares - 2 * (X @ self.X_train.T)) + 1e-3",
         "Something is added under the root, which changes every distance: let nothing below 0 reach the root, that is enough.",
         "The distance from an example to itself is 0, up to rounding. Is it in yours?"),
    _way(_NONE, "test_squares_missing", "(X**2).sum(axis=1, keepdims=True) + (self.X_train**2).sum(axis=1)",
         "(self.X_train**2).sum(axis=1)",
         "The squares of the test examples are missing: (a − b)² = a² + b² − 2ab has three terms.",
         "Write (a − b)² out for a = b: it must give 0. Does yours?"),
    _way(_NONE, "train_squares_missing", "(X**2).sum(axis=1, keepdims=True) + (self.X_train**2).sum(axis=1)",
         "(X**2).sum(axis=1, keepdims=True)",
         "The squares of the training examples are missing: (a − b)² = a² + b² − 2ab has three terms.",
         "Write (a − b)² out for a = b: it must give 0. Does yours?"),
    _way(_NONE, "squares_change_places", "(X**2).sum(axis=1, keepdims=True) + (self.X_train**2).sum(axis=1)",
         "(X**2).sum(axis=1) + (self.X_train**2).sum(axis=1, keepdims=True)",
         "The squares of the test examples belong to the rows of dists, those of the training examples to its columns.",
         "What is the shape of each of the three terms? The result has a row for each test example."),
    _way(_NONE, "sums_of_squares_lose_their_axis", "(X**2).sum(axis=1, keepdims=True)", "(X**2).sum()",
         "The squares of all test examples are added up to one number: each example has its own.",
         "Change the last test example: only the last row of dists may change. Is that so in yours?"),
    _way(_NONE, "squares_of_the_sums", "(self.X_train**2).sum(axis=1)", "self.X_train.sum(axis=1) ** 2",
         "Square the numbers first, then add up.", "Write (a − b)² out for a = b: it must give 0. Does yours?"),

    # L1
    _way(_L1, "give_l2", "np.abs(self.X_train - X[i]).sum(axis=1)", "np.sqrt(((self.X_train - X[i]) ** 2).sum(axis=1))",
         "This is the Euclidean distance again; L1 adds up the absolute differences.", _STREETS),
    _way(_L1, "differences_cancel", "np.abs(self.X_train - X[i]).sum(axis=1)", "(self.X_train - X[i]).sum(axis=1)",
         "Differences of opposite sign cancel: take np.abs of each before the sum.", _STREETS),
    _way(_L1, "size_of_the_sum", "np.abs(self.X_train - X[i]).sum(axis=1)", "np.abs((self.X_train - X[i]).sum(axis=1))",
         "np.abs comes too late: apply it to each difference, before the sum.",
         "From (0, 0) to (3, −4) the distance along the streets is 7, too. What does your function give?"),
    _way(_L1, "sum_the_wrong_axis", "axis=1", "axis=0",
         "The sum runs over the training examples; sum over the D numbers of each (axis 1).", _ROW_OF_DISTANCES),
    _way(_L1, "average", ".sum(axis=1)", ".mean(axis=1)",
         "The absolute differences are averaged over the D numbers; L1 adds them up.", _STREETS),
    _way(_L1, "give_the_largest_difference", ".sum(axis=1)", ".max(axis=1)",
         "This is the largest single difference; L1 adds up all of them.", _STREETS),
    _way(_L1, "take_a_root", "np.abs(self.X_train - X[i]).sum(axis=1)", "np.sqrt(np.abs(self.X_train - X[i]).sum(axis=1))",
         "There is no root in the L1 distance.", _STREETS),

    # predict_labels
    M("tie_goes_to_the_nearest", _VOTE,
      {"np.bincount(closest_y).argmax()": "__import__('collections').Counter(closest_y.tolist()).most_common(1)[0][0]"},
      "A tie goes to the label that comes first among the neighbours, the nearest one's; the notebook says the "
      "smallest label. (Counter.most_common keeps the order in which it saw the labels.)", _TIE, costs=1),
    M("tie_goes_to_the_larger", _VOTE, {"np.bincount(closest_y).argmax()":
                                        "len(np.bincount(closest_y)) - 1 - np.bincount(closest_y)[::-1].argmax()"},
      "A tie goes to the larger label; the notebook says the smallest.", _TIE, costs=1),
    M("farthest_vote", _VOTE, {"np.argsort(dists[i])[:k]": "np.argsort(dists[i])[::-1][:k]"},
      "The farthest examples vote: the order is the wrong way round, or the last k are taken.",
      "With k = 1, a copy of a training example should get that example's label. Does it?"),
    M("k_unused", _VOTE, {"[:k]": "[:1]"}, "k is not used: only the nearest votes.",
      "If k is as large as the training set, everybody votes, and the most frequent label wins everywhere. Does it?"),
    M("one_neighbour_too_many", _VOTE, {"[:k]": "[:k + 1]"},
      "k + 1 neighbours vote: [:k] takes the positions 0 to k − 1.",
      "With k = 1 a single example decides, even if the next two agree against it. Does it?"),
    M("one_neighbour_too_few", _VOTE, {"[:k]": "[:max(k - 1, 1)]"},
      "k − 1 neighbours vote: [:k] takes the positions 0 to k − 1.",
      "Print how many labels take part in the vote for k = 3."),
    M("nearest_left_out", _VOTE, {"[:k]": "[1:k + 1]"},
      "The nearest example is left out. That is right only where the test examples are the training examples.",
      "With k = 1, a copy of a training example should get that example's label. Does it?"),
    M("order_forgotten", _VOTE, {"np.argsort(dists[i])[:k]": "np.arange(len(dists[i]))[:k]"},
      "The first k training examples vote, whatever their distances are: sort first.",
      "Put the training examples in another order: no prediction may change. Is that so in yours?"),
    M("labels_without_order", _VOTE, {"self.y_train[np.argsort(dists[i])[:k]]": "np.sort(self.y_train)[np.argsort(dists[i])[:k]]"},
      "The labels are sorted before they are picked, so they no longer belong to their examples.",
      "Entry j of dists[i] and entry j of self.y_train belong to the same example. Is that so in yours?"),
    M("places_instead_of_labels", _VOTE, {"self.y_train[np.argsort(dists[i])[:k]]": "np.argsort(dists[i])[:k]"},
      "These are the indices of the neighbours, not their labels: look them up in self.y_train.",
      "A prediction must be one of the labels in self.y_train. Is it in yours?"),
    M("count_instead_of_label", _VOTE, {"np.bincount(closest_y).argmax()": "np.bincount(closest_y).max()"},
      "max gives how often the most frequent label occurs; argmax gives the label.",
      "With k = 1, a copy of a training example should get that example's label. Does it?"),
    M("labels_averaged", _VOTE, {"np.bincount(closest_y).argmax()": "np.round(np.mean(closest_y))"},
      "Labels are names, not amounts: between a cat (3) and a dog (5) there is no deer (4). Count the votes.",
      "If two neighbours say 0 and one says 5, the label is 0. What is yours?"),
    M("median_label", _VOTE, {"np.bincount(closest_y).argmax()": "np.sort(closest_y)[len(closest_y) // 2]"},
      "This is the label in the middle, not the most frequent one. Count the votes.",
      "Labels are names: give the classes other numbers, and the same class should win. Does it?"),
    M("numpy_median_label", _VOTE, {"np.bincount(closest_y).argmax()": "int(np.median(closest_y))"},
      "The median is the label in the middle, not the most frequent one. Count the votes.",
      "Labels are names: give the classes other numbers, and the same class should win. Does it?"),
    M("smallest_label_wins", _VOTE, {"np.bincount(closest_y).argmax()": "closest_y.min()"},
      "The smallest label always wins; it should win only where several labels are equally frequent.",
      "If two neighbours say 5 and one says 0, the label is 5. What is yours?"),

    # make_folds
    M("labels_not_cut", _FOLDS, {"np.array_split(y, num_folds)": "[y] * num_folds"},
      "The labels are not cut: each fold needs the labels of its own examples.",
      "Fold i of the labels is as long as fold i of the examples. Is it in yours?"),
    M("number_of_folds_unused", _FOLDS, {"np.array_split(X, num_folds), np.array_split(y, num_folds)":
                                         "np.array_split(X, 5), np.array_split(y, 5)"},
      "num_folds is not used: there are always five folds.", "Ask for two folds. How many do you get?"),
    M("rest_thrown_away", _FOLDS, {
        "np.array_split(X, num_folds), np.array_split(y, num_folds)":
        "np.split(X[:len(X) // num_folds * num_folds], num_folds), np.split(y[:len(y) // num_folds * num_folds], num_folds)"},
      "Examples that are left over are thrown away: np.array_split gives them to the first folds.",
      "Count the examples of all folds together. Are all of them still there?"),
    M("rest_to_the_last_fold", _FOLDS, {
        "np.array_split(X, num_folds), np.array_split(y, num_folds)":
        "*(np.split(a, [len(X) // num_folds * i for i in range(1, num_folds)]) for a in (X, y)),"},
      "What is left over goes to the last fold; here the first folds get one more each.",
      "Cut seven examples into three folds. How long is the first?"),
    M("examples_shuffled", _FOLDS, {
        "np.array_split(X, num_folds), np.array_split(y, num_folds)":
        "*(np.array_split(a[np.random.RandomState(0).permutation(len(X))], num_folds) for a in (X, y)),"},
      "The examples are shuffled; the folds come in the order of the data.",
      "The first fold begins with the first examples, one after the other. Does yours?"),
    M("labels_of_other_folds", _FOLDS, {"np.array_split(y, num_folds)": "np.array_split(y, num_folds)[::-1]"},
      "The folds of the labels come in a different order from those of the examples.",
      "X_folds[0][0] is the first example. Is y_folds[0][0] its label?"),
    M("every_fifth", _FOLDS, {"np.array_split(X, num_folds), np.array_split(y, num_folds)":
                              "[X[i::num_folds] for i in range(num_folds)], [y[i::num_folds] for i in range(num_folds)]"},
      "The folds are right in size but take every n-th example; here each one is a piece of the data in its order.",
      "The first fold begins with the first examples, one after the other. Does yours?"),

    # cross_validate
    M("divided_by_500", _CROSS, {"np.mean(others.predict_labels(to_others, k=k) == y_folds[i])":
                                 "np.sum(others.predict_labels(to_others, k=k) == y_folds[i]) / 500"},
      "The number of right answers is divided by 500, the size of the test set. Divide by the size of the fold.", _SHARE),
    M("divided_by_the_training_size", _CROSS, {"np.mean(others.predict_labels(to_others, k=k) == y_folds[i])":
                                               "np.sum(others.predict_labels(to_others, k=k) == y_folds[i]) / len(others.X_train)"},
      "The number of right answers is divided by the number of training examples. Divide by the size of the fold.", _SHARE),
    M("right_answers_not_divided", _CROSS, {"np.mean(others": "np.sum(others"},
      "This is how many are right; the accuracy is their share.", _SHARE),
    M("fold_in_the_training_data", _CROSS,
      {"X_folds[:i] + X_folds[i + 1:], y_folds[:i] + y_folds[i + 1:]": "X_folds, y_folds"},
      "The fold that is tested is also in the training data: leave it out.", _LEFT_OUT),
    M("trained_on_the_fold_alone", _CROSS,
      {"X_folds[:i] + X_folds[i + 1:], y_folds[:i] + y_folds[i + 1:]": "[X_folds[i]], [y_folds[i]]"},
      "The classifier is trained on the very fold that is tested. Train on the others.", _LEFT_OUT),
    M("folds_after_it_forgotten", _CROSS,
      {"X_folds[:i] + X_folds[i + 1:], y_folds[:i] + y_folds[i + 1:]":
       "X_folds[:i] or X_folds[i + 1:], y_folds[:i] or y_folds[i + 1:]"},
      "Only the folds before this one are trained on (after the first): take those after it, too.",
      "However many folds there are, all but one are for training. How many training examples does your classifier have?"),
    M("one_fold_for_training", _CROSS,
      {"X_folds[:i] + X_folds[i + 1:], y_folds[:i] + y_folds[i + 1:]": "[X_folds[i - 1]], [y_folds[i - 1]]"},
      "Only one other fold is trained on: take all the others.",
      "However many folds there are, all but one are for training. How many training examples does your classifier have?"),
    M("next_fold_for_training", _CROSS,
      {"X_folds[:i] + X_folds[i + 1:], y_folds[:i] + y_folds[i + 1:]":
       "[X_folds[(i + 1) % len(X_folds)]], [y_folds[(i + 1) % len(X_folds)]]"},
      "Only the next fold is trained on: take all the others.",
      "However many folds there are, all but one are for training. How many training examples does your classifier have?"),
    M("same_fold_always", _CROSS, {
        "X_folds[:i] + X_folds[i + 1:]": "X_folds[:-1]", "y_folds[:i] + y_folds[i + 1:]": "y_folds[:-1]",
        "(X_folds[i])": "(X_folds[-1])", "== y_folds[i])": "== y_folds[-1])"},
      "The last fold is left out every time: leave out fold i.",
      "Each fold is left out once, so five folds give five different accuracies. Are yours all the same?"),
    M("cross_validation_ignores_k", _CROSS, {"(to_others, k=k)": "(to_others)"},
      "k is not passed on to predict_labels, so all accuracies are those of k = 1.",
      "Do the accuracies of k = 1 and k = 100 differ at all in yours?"),
    M("errors_counted", _CROSS, {"k=k) == y_folds[i])": "k=k) != y_folds[i])"},
      "This is the share of wrong answers; the accuracy is that of the right ones.", _SHARE),

    # best_of
    M("best_single_fold", _BEST, {"np.mean(": "np.max("},
      "The k with the best single fold wins; take the mean over the folds.",
      "One lucky fold among five bad ones should not win. Does it in yours?"),
    M("last_fold_decides", _BEST, {"np.mean(k_to_accuracies[k])": "k_to_accuracies[k][-1]"},
      "Only the last fold decides; take the mean over all folds.",
      "Put the folds in another order: the same k should win. Does it?"),
    M("first_fold_decides", _BEST, {"np.mean(k_to_accuracies[k])": "k_to_accuracies[k][0]"},
      "Only the first fold decides (lists are compared by their first entries); take the mean over all folds.",
      "Put the folds in another order: the same k should win. Does it?"),
    M("best_median", _BEST, {"np.mean(": "np.median("},
      "That is the median over the folds, which does not see a fold that is far off; take the mean.",
      "Compare 0.3, 0.3 and 0 with 0.2, 0.2 and 0.29: which k should win?"),
    M("lowest_mean", _BEST, {"max(k_to": "min(k_to"}, "These are accuracies, not errors: the highest mean wins.",
      "Between accuracies of 0.2 and 0.3, which k is better?"),
    M("accuracy_instead_of_k", _BEST, {"max(k_to_accuracies, key=lambda k: np.mean(k_to_accuracies[k]))":
                                       "max(np.mean(accuracies) for accuracies in k_to_accuracies.values())"},
      "This is the highest mean accuracy; return the k that it belongs to.",
      "The result should be one of the keys of the dictionary. Is it?"),
    M("place_instead_of_k", _BEST, {"max(k_to_accuracies, key=lambda k: np.mean(k_to_accuracies[k]))":
                                    "np.argmax([np.mean(accuracies) for accuracies in k_to_accuracies.values()])"},
      "argmax gives the position in the list of means; return the k at this position.",
      "The result should be one of the keys of the dictionary. Is it?"),
    M("steadiest", _BEST, {"np.mean(": "-np.std("},
      "The k with the smallest spread wins; it should be the one with the highest mean.",
      "A k that is wrong in all folds alike is steady, too. Does it win in yours?"),

    # inline questions
    M("columns_are_test_pictures", "inline_question_1", {"{1, 3}": "{1, 2}"},
      "A row is a test picture, a column a training picture: read the axes again.",
      "All the numbers of a column of dists are distances from one and the same picture. Which set is it from?"),
    M("bright_means_one_class", "inline_question_1", {"{1, 3}": "{1, 3, 4}"},
      "Being far from everything is a matter of the pixels: a nearly white picture of any class is.",
      "Think of a white page: is it far from most pictures? Which class does it belong to?"),
    M("only_rows", "inline_question_1", {"{1, 3}": "{1}"},
      "Columns are explained by one of the statements as well.",
      "All the numbers of a column of dists are distances from one and the same picture. Which set is it from?"),
    M("rotation_keeps_l1", "inline_question_2", {"{2, 3, 4}": "{2, 3, 4, 5}"},
      "A rotation keeps the L2 distance, not L1: L1 depends on the axes.",
      "Turn (1, 0) and (0.8, 0.8) by 45° around the origin: which one is nearer to it in L1, before and after?"),
    M("own_deviation_keeps_l1", "inline_question_2", {"{2, 3, 4}": "{1, 2, 3, 4}"},
      "Dividing each pixel by a number of its own weighs the pixels differently, so the order of the distances may change.",
      "Let one pixel be divided by 100 and another by 1: can another picture become the nearest?"),
    M("only_subtractions_keep_l1", "inline_question_2", {"{2, 3, 4}": "{2, 3}"},
      "One more change leaves every distance as it is: look at the order of the terms in a sum.",
      "Ask for each change: what happens to the terms |p − q| of the sum?"),
    M("copied_from_the_usual_list", "inline_question_2", {"{2, 3, 4}": "{1, 2, 3}"},
      "The options are in a different order here from the course you may remember: look at each one.",
      "Let one pixel be divided by 100 and another by 1: can another picture become the nearest?"),
    M("boundary_is_straight", "inline_question_3", {"{1, 3}": "{1, 2, 3}"},
      "The boundary is made of pieces between points and may be as crooked as the data.",
      "Look at the left one of the three pictures of regions: is the boundary a straight line?"),
    M("one_neighbour_always_worse", "inline_question_3", {"{1, 3}": "{1, 3, 4}"},
      "On some test sets one neighbour is better: a copy of the training set, for example.",
      "Is there a test set on which one neighbour makes no mistake at all?"),
    M("training_error_overlooked", "inline_question_3", {"{1, 3}": "{1}"},
      "With k = 1 each training example is its own nearest neighbour: the training error is 0.",
      "Which training example is the nearest to a training example?"),
]
