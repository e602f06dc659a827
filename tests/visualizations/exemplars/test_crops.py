"""Pieces of photos: where they are from, how sharp they are, and what lies outside."""

from __future__ import annotations

import numpy as np

from generator.visualizations.exemplars.crops import SIDE, crop, crop_size


def halves() -> np.ndarray:
    """A photo of 400 x 800 pixels, red on the left and blue on the right."""
    photo = np.zeros((400, 800, 3), np.uint8)
    photo[:, :400, 0] = 255
    photo[:, 400:, 2] = 255
    return photo


def test_a_piece_is_where_its_box_is_in_the_squished_photo() -> None:
    left = crop(halves(), (0, 0, 50, 50), (100, 100))
    right = crop(halves(), (50, 0, 100, 50), (100, 100))
    assert left.shape == right.shape == (SIDE, SIDE, 3)
    # The last pixels are smoothed with their neighbours in the photo.
    assert (left[:, :-2] == [255, 0, 0]).all()
    assert (right[:, 2:] == [0, 0, 255]).all()


def test_a_piece_is_cut_from_the_photo_itself_and_not_from_what_the_network_sees() -> None:
    photo = np.zeros((1000, 1000, 3), np.uint8)
    photo[::2] = 255  # stripes that a network of 10 x 10 pixels cannot see
    piece = crop(photo, (0, 0, 1, 1), (10, 10)).astype(int)
    assert piece.std() > 60


def test_what_lies_outside_the_photo_is_striped() -> None:
    piece = crop(halves(), (-10, -10, 10, 10), (100, 100))
    outside, inside = piece[: SIDE // 2], piece[SIDE // 2 :, SIDE // 2 :]
    assert {tuple(pixel) for pixel in outside.reshape(-1, 3)} == {(112,) * 3, (144,) * 3}
    assert (inside == [255, 0, 0]).all()
    beyond = crop(halves(), (200, 200, 220, 220), (100, 100))
    assert len(np.unique(beyond)) == 2


def test_the_longer_side_has_the_full_length() -> None:
    assert crop_size((0, 0, 20, 10)) == (SIDE // 2, SIDE)
    assert crop(halves(), (0, 0, 20, 10), (100, 100)).shape == (SIDE // 2, SIDE, 3)
