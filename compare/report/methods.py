"""A methods paragraph, ready for a paper, from what the results say was done."""

from collections.abc import Mapping
from typing import Any

from compare.report.maps import bounded, given, known_nulls
from compare.report.numbers import best_possible, fixed, listed, measure_name, thousands

__all__ = ["methods"]

WAYS = {
    "bootstraps": "bootstraps over {over}, in which a pair of a stimulus with itself never enters",
    "halves": "halves of the {over}, drawn without replacement, and from leaving out one and two",
}


def methods(results: Mapping[str, Any]) -> str:
    """Write how the study was done: numbers of things, seeds, measures, versions.

    Parameters
    ----------
    results : mapping
        The results of a study. What they do not hold is left out.

    Returns
    -------
    str
    """
    parts = [stimuli(results["data"]), network(results), brain(results["brain"]), simulation(results["simulation"])]
    maps = results["comparison"]
    parts += [comparison(maps), ceilings(maps), kept_by_nulls(results.get("nulls"))]
    parts += [shares(results.get("shares")), units(results.get("units")), moments(results.get("moments"))]
    parts.append(recovery(results.get("recovery")))
    parts += [readout(results.get("readout")), software(results)]
    return " ".join(part for part in parts if part)


def stimuli(data: Mapping[str, Any]) -> str:
    """Say what was shown."""
    text = f"Stimuli were {data['stimuli']} images"
    if data.get("name"):
        text += f" of the set “{data['name']}”"
    if data.get("canvas"):
        text += f" on a canvas of {' × '.join(str(side) for side in data['canvas'][:2])} pixels"
    if data.get("max_shift"):
        text += f", shifted at random by up to {data['max_shift']} pixels"
    if data.get("classes"):
        text += f", from {len(data['classes'])} classes"
    if data.get("train") is not None:
        text += f"; none of them was among the {thousands(data['train'])} training images"
    return text + "."


def network(results: Mapping[str, Any]) -> str:
    """Say what the network is and how it was trained."""
    described = results["network"]
    training = described.get("training") or {}
    text = f"The network had {len(described['layers'])} layers"
    count = sum(layer.get("parameters") or 0 for layer in described["layers"])
    if count:
        text += f" and {thousands(count)} parameters"
    if training.get("epochs"):
        text += f" and was trained by backpropagation for {training['epochs']} epochs"
    if described.get("held_out_accuracy") is not None:
        text += f", reaching {fixed(100 * described['held_out_accuracy'], 1)} % on the held-out images"
    return text + "."


def brain(described: Mapping[str, Any]) -> str:
    """Say what the brain is."""
    names = listed([region["name"] for region in described["regions"]], 20)
    text = f"The simulated brain comprised {names}"
    if described.get("neurons") is not None:
        text += f", with {thousands(described['neurons'])} neurons"
    if described.get("synapses") is not None:
        text += f" and {thousands(described['synapses'])} synapses"
    return text + "."


def simulation(done: Mapping[str, Any]) -> str:
    """Say how it was simulated."""
    text = f"Every stimulus was shown in {done['trials']} trials of {done['duration_ms']:g} ms"
    if done.get("dt_ms") is not None:
        text += f" (time step {done['dt_ms']:g} ms)"
    return text + "; responses are spike counts of excitatory units."


def comparison(maps: Mapping[str, Any]) -> str:
    """Say how they were compared."""
    names = listed([cited(key, layer_map) for key, layer_map in maps.items()])
    first = next(iter(maps.values()))
    text = f"Layers and regions were compared by {names}"
    if first.get("bootstrap"):
        over = first.get("generalises_to") or "stimuli"
        ways = {layer_map.get("drawn") or "bootstraps": layer_map for layer_map in maps.values()}
        told = [
            f"{layer_map['bootstrap']} {WAYS[way].format(over=over)}"
            + (f" (for {listed([measure_name(key) for key in of_way(maps, way)])})" if len(ways) > 1 else "")
            for way, layer_map in ways.items()
        ]
        text += f"; 95 % intervals come from {' and '.join(told)}; they generalise to other {over} of the same kind"
    text += tests(first)
    text += (
        ". A layer is given to a region only where the simultaneous interval of its lead over the runner-up excludes "
        "0; layers of the same activity count as one"
    )
    partial, nulls = given(first), known_nulls(first)
    if partial:
        text += f". Partial similarities are given the RDMs of {listed(partial['given'])}"
    if nulls:
        text += f". Nulls: {listed(list(nulls))}"
    return text + "."


def of_way(maps: Mapping[str, Any], way: str) -> list[str]:
    """Give the measures whose intervals come from these draws."""
    return [key for key, layer_map in maps.items() if (layer_map.get("drawn") or "bootstraps") == way]


def cited(key: str, layer_map: Mapping[str, Any]) -> str:
    """Name a measure as the comparison itself does, with where it was defined."""
    label = str(layer_map.get("label") or measure_name(key, axis=True))
    return f"{label} ({CITATIONS[key]})" if key in CITATIONS else label


CITATIONS = {
    "bures": "Tang et al. 2020, arXiv:2003.11630",
    "cca": "Hotelling 1936, doi:10.1093/biomet/28.3-4.321",
    "cka": "Kornblith et al. 2019, arXiv:1905.00414; Song et al. 2012, JMLR 13:1393",
    "pls": "Wold et al. 2001, doi:10.1016/S0169-7439(01)00155-1",
    "procrustes": "Williams et al. 2021, arXiv:2110.14739",
    "pwcca": "Morcos et al. 2018, arXiv:1806.05759",
    "ridge": "Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634",
    "rsa": "Kriegeskorte et al. 2008, doi:10.3389/neuro.06.004.2008",
    "svcca": "Raghu et al. 2017, arXiv:1706.05806",
    "unit-matching": "Khosla and Williams 2023, arXiv:2311.09466",
}


def tests(layer_map: Mapping[str, Any]) -> str:
    """Say what the p- and q-values are, if there are any."""
    if not layer_map.get("p_value"):
        return ""
    count = f"{layer_map['permutations']} " if layer_map.get("permutations") else ""
    text = (
        f". p-values come from {count}permutations of the stimuli's labels, corrected for all cells of a matrix by the "
        "maximum statistic (Nichols and Holmes 2002, doi:10.1002/hbm.1058)"
    )
    if layer_map.get("q_value"):
        text += (
            "; q-values control false discoveries (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x)"
        )
    return text


def ceilings(maps: Mapping[str, Any]) -> str:
    """Say what noise ceilings are, if there are any."""
    if not any(bounded(layer_map) for layer_map in maps.values()):
        return ""
    return (
        "Noise ceilings are estimated from the trials: what another measurement of the region (lower) and "
        f"{listed(list(dict.fromkeys(map(best_possible, maps))))} (upper) would reach."
    )


def kept_by_nulls(nulls: Mapping[str, Any] | None) -> str:
    """Say what the nulls keep, where that is known."""
    told = [f"the {name} keeps {null['keeps']}" for name, null in (nulls or {}).items() if null.get("keeps")]
    return f"Of the nulls, {'; '.join(told)}." if told else ""


def shares(done: Mapping[str, Any] | None) -> str:
    """Say how the assignment's certainty was found."""
    if not done:
        return ""
    return (
        f"How sure an assignment is, is told by the share of {done['bootstrap']} bootstraps over stimuli that lead to "
        "it, each region having its best layer, no layer twice, or layers in the order of the regions."
    )


def units(done: Mapping[str, Any] | None) -> str:
    """Say how single units were assigned."""
    if not done:
        return ""
    return (
        f"Up to {done['of_each']} units of each region were predicted from each layer, and units of layers from "
        f"regions, by ridge regression ({done['folds']}-fold cross-validated); hierarchy scores follow Güçlü and van "
        "Gerven (2015, doi:10.1523/JNEUROSCI.5023-14.2015) and Nonaka et al. (2021, doi:10.1016/j.isci.2021.103013), "
        "with intervals over units."
    )


def moments(done: Mapping[str, Any] | None) -> str:
    """Say how similarity over time was found."""
    if not done:
        return ""
    trials = "one trial" if done["trials"] == 1 else f"{done['trials']} trials"
    return (
        f"Similarity over time ({done['label']}) was taken in bins of {done['bin_ms']:g} ms over {done['stimuli']} "
        f"stimuli and {trials} of each, with {done['bootstrap']} bootstraps over stimuli and {done['permutations']} "
        "permutations."
    )


def recovery(done: Mapping[str, Any] | None) -> str:
    """Say how it was tried whether a layer could have been named."""
    if not done:
        return ""
    shown = listed([str(count) for count in done["stimuli"]])
    return (
        f"To see whether a claim was possible, each layer was planted {done['repetitions']} times as a region of "
        f"{done['units']} units with the reliability and the noise of {done['region']}, and mapped by the same rules "
        f"with {shown} stimuli."
    )


def readout(done: Mapping[str, Any] | None) -> str:
    """Say how accuracies were read out."""
    if not done:
        return ""
    folds = f"{done['folds']}-fold " if done.get("folds") else ""
    return f"Readout accuracies are those of a linear classifier, {folds}cross-validated on the stimuli compared."


def software(results: Mapping[str, Any]) -> str:
    """Say what computed it."""
    ours = results["isocortex"]
    text = f"Computed with isocortex {ours['version']}"
    packages = [f"{name} {version}" for name, version in (ours.get("packages") or {}).items()]
    if ours.get("python"):
        packages.insert(0, f"Python {ours['python']}")
    if packages:
        text += f" ({', '.join(packages)})"
    seeds = results["study"].get("seeds") or {}
    if seeds:
        text += f", seeds {', '.join(f'{name} {seed}' for name, seed in seeds.items())}"
    if results["study"].get("settings_hash"):
        text += f", settings {results['study']['settings_hash']}"
    return text + "."
