"""How a made picture was made, step by step, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from generator.render.wording import nouns, words
from generator.visualizations.base import Fact


def recipe(parameters: Mapping[str, Fact], noun: str = "filter") -> list[str]:
    """How a picture was made, step by step, from its task's parameters.

    A step whose parameters are not among them is left out.

    Args:
        parameters: the task's.
        noun: what that is called for which it was made, see `Catalogue.noun`.
    """
    known = _Known(parameters, noun)
    steps = [known.start(), known.look(), known.change()]
    if known.sketched:
        steps.append(known.spread())
    steps += [known.limits(), known.facets()]
    if "seed" in parameters:
        steps.append(f"The seed, {known.seed}, and the {noun}\u2019s name fix the start.")
    return [step for step in steps if step]


class _Known:
    """A task's parameters, as a sentence wants them."""

    def __init__(self, parameters: Mapping[str, Fact], noun: str) -> None:
        self._of = parameters
        self._noun = noun
        self.seed = words.number(parameters.get("seed"))
        self._way = str(parameters.get("parametrisation", "pixels"))
        self.sketched = bool(parameters.get("sketch") and parameters.get("sketch_steps"))

    def start(self) -> str:
        if self.sketched:
            return (
                f"Start small, from {self._noise()} of about {self._sides()} without edges: "
                "what leaves on one side comes in on the other."
            )
        size = f", {self._text('size')}x{self._text('size')} pixels" if "size" in self._of else ""
        noise = self._of.get("noise")
        if self._way != "pixels":
            return f"Start from {self._noise()}{size}."
        if not isinstance(noise, list | tuple) or len(noise) != 2:
            return ""
        low, high = noise[0], int(str(noise[1])) - 1
        return f"Start from noise{size}: each value is drawn from {low} to {high} of 255."

    def look(self) -> str:
        middle = self._of.get("objective") == "centre"
        what = "middle value" if middle else "mean"
        seen = self._seen()
        whose = f"{self._noun}\u2019s"
        taken = f"{what} of the {whose} map" if nouns.has_maps(self._noun) else f"{whose} number"
        step = f"Run the network as far as the layer, and take the {taken}."
        return f"{step} At each step it sees the picture {seen}." if seen else step

    def change(self) -> str:
        if "learning_rate" not in self._of:
            return ""
        name = {"adam": "Adam", "nadam": "NAdam"}.get(str(self._of.get("momentum", "adam")), "")
        decay = self._of.get("weight_decay")
        rate = f"{name}, learning rate {self._text('learning_rate')}"
        rate += f", weight decay {words.number(decay)}" if decay else ""
        what = {
            "pixels": "Change every pixel a little",
            "fourier": f"Change the waves that the picture is made of{self._colours()}",
            "maco": "Move the waves that the picture is made of, each staying as strong as in "
            "photos",
        }.get(self._way, "Change the picture a little")
        goal = "value" if self._of.get("objective") == "centre" else "mean"
        goal = goal if nouns.has_maps(self._noun) else "number"
        times = "sketch_steps" if self.sketched else "steps"
        more = ", and more in deep layers" if self.sketched else ""
        again = f" Do this {self._text(times)} times{more}{self._kept()}."
        again = again if times in self._of else ""
        return f"{what}, so that this {goal} rises: {rate}.{again}"

    def spread(self) -> str:
        size, steps = self._text("size"), self._text("steps")
        return (
            f"Spread the result over {size}x{size} pixels, warped so that repeats differ, then "
            f"refined as a whole with {steps} more {'step' if steps == '1' else 'steps'}."
        )

    def limits(self) -> str:
        if not self._of.get("overflow"):
            return ""
        return (
            "While the picture climbs, what a ReLU6 cuts off above 6 counts a little too, and at "
            "first what it cuts off below 0: else a filter that starts there could not be moved. "
            "What is said below the pictures is about the network as it is."
        )

    def facets(self) -> str:
        facets = self._of.get("facets", 1)
        if not isinstance(facets, int) or facets < 2:
            return ""
        return (
            f"Make {facets} facets of each filter at once: the more alike the whole layer\u2019s "
            "answers to them, the less their rise counts."
        )

    def _colours(self) -> str:
        if "channels" not in self._of:
            return ", in colours that vary independently in photos"
        return "" if self._of["channels"] == 1 else ", each channel by itself"

    def _noise(self) -> str:
        return "random waves" if self._way == "maco" else "faint noise"

    def _sides(self) -> str:
        known = self._of["sketch"]
        sides = [words.number(side) for side in (known if isinstance(known, list) else [known])]
        least, most = sides[0], sides[-1]
        asked = f" to {most}x{most}" if most != least else ""
        return f"{least}x{least}{asked} pixels{', depending on the layer,' if asked else ''}"

    def _seen(self) -> str:
        done = (
            ["shifted"] if self.sketched or self._of.get("jitter") or self._of.get("crop") else []
        )
        if self._of.get("rotate"):
            done.append(f"turned by up to {self._text('rotate')}°")
        rescale = self._of.get("rescale")
        if isinstance(rescale, int | float) and rescale:
            done.append(f"rescaled by up to {rescale:.0%}")
        return " and ".join([", ".join(done[:-1]), done[-1]]) if len(done) > 1 else "".join(done)

    def _kept(self) -> str:
        every = self._of.get("keep_every")
        shown = isinstance(every, int) and not self.sketched
        if every == 1:
            return ", and keep the picture each time" if shown else ""
        return f", and keep every {words.ordinal(int(str(every)))} picture" if shown else ""

    def _text(self, name: str) -> str:
        return words.number(self._of.get(name))
