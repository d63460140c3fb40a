"""The SQL layer rules of the design and the paperwork of every model, checked on dbt's manifest."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import pytest

from tests.dbt_project.conftest import ParsedProject

STAGING, CONFORMED, CANONICAL, RECONCILIATION, MARTS = "staging", "conformed", "canonical", "reconciliation", "marts"
LAYERS = (STAGING, CONFORMED, CANONICAL, RECONCILIATION, MARTS)

# Any of these proves that a model has no row twice.
GRAIN_TESTS = {"unique", "unique_grain", "covers_all_time", "every_item_on_one_outcome", "every_landed_row_once"}

# Rows without a key of their own, each for a reason.
KEYLESS = {
    "exception_findings",  # several findings are one exception: fct_exceptions has the key
    "valued_findings",  # as above; exception_months has the key by month
    "mapping_rejected_rows",  # two faulty rows of a file may be the same
    "adjustment_rows",  # as above; fct_adjustment_lines has the key
}

MODEL_NAMES = {
    STAGING: r"(base|stg)_{system}__[a-z0-9_]+|{system}__rejected",
    CONFORMED: r"int_{system}__[a-z0-9_]+",
    CANONICAL: r"[a-z0-9_]+",
    RECONCILIATION: r"[a-z0-9_]+",
    MARTS: r"mart_{system}__[a-z0-9_]+",
}


class Graph:
    """The project's own models and what they read."""

    def __init__(self, manifest: dict) -> None:
        self.nodes = {**manifest["nodes"], **manifest["sources"]}
        self.models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
        self.tests_by_model: dict[str, set[str]] = defaultdict(set)
        for node in manifest["nodes"].values():
            if node["resource_type"] == "test" and node.get("test_metadata"):
                self.tests_by_model[node["attached_node"]].add(node["test_metadata"]["name"])
        self.groups = {group["name"]: group for group in manifest["groups"].values()}

    def layer(self, node: dict) -> str:
        """The folder under models, or what a source or a seed is."""
        if node["resource_type"] == "source":
            return "landed" if node["source_name"].startswith("landed_") else node["source_name"]
        if node["resource_type"] == "seed":
            return f"seed {node['fqn'][1]}"
        return node["fqn"][1]

    def system(self, node: dict) -> str:
        """The system a landed table, a staging or a conformed model belongs to; of other models their folder."""
        if node["resource_type"] == "source":
            return node["source_name"].removeprefix("landed_")
        return node["fqn"][2]

    def edges(self, layer: str) -> Iterator[tuple[dict, dict]]:
        """(model of the layer, what it reads), for all models of a layer."""
        for model in self.models.values():
            if self.layer(model) == layer:
                for parent in model["depends_on"]["nodes"]:
                    yield model, self.nodes[parent]


@pytest.fixture(scope="module")
def graph(project: ParsedProject) -> Graph:
    return Graph(project.manifest)


def described(edges: Iterable[tuple[dict, dict]]) -> list[str]:
    return [f"{model['name']} reads {parent['name']}" for model, parent in edges]


def outside(graph: Graph, layer: str, allowed: set[str]) -> list[str]:
    """What models of a layer read outside the allowed layers."""
    return described((model, parent) for model, parent in graph.edges(layer) if graph.layer(parent) not in allowed)


def of_another_system(graph: Graph, layer: str, within: set[str]) -> list[str]:
    """What models of a layer read that belongs to another system than they do, within these layers."""
    return described(
        (model, parent)
        for model, parent in graph.edges(layer)
        if graph.layer(parent) in within and graph.system(parent) != graph.system(model)
    )


def test_every_model_lies_in_a_layer(graph: Graph) -> None:
    assert [model["name"] for model in graph.models.values() if graph.layer(model) not in LAYERS] == []


def test_staging_reads_only_its_own_systems_landing(graph: Graph) -> None:
    # Reference seeds are facts of the world (decimals of a currency), without which minor units cannot be cast.
    assert outside(graph, STAGING, {"landed", STAGING, "seed reference"}) == []
    assert of_another_system(graph, STAGING, {"landed", STAGING}) == []


def test_only_base_models_read_the_landing(graph: Graph) -> None:
    readers = {model["name"] for model, parent in graph.edges(STAGING) if graph.layer(parent) == "landed"}
    assert [name for name in sorted(readers) if not name.startswith("base_")] == []


def test_conformed_reads_only_its_own_systems_staging_and_seeds(graph: Graph) -> None:
    assert outside(graph, CONFORMED, {STAGING, CONFORMED, "seed reference", "mappings"}) == []
    assert of_another_system(graph, CONFORMED, {STAGING, CONFORMED}) == []


def test_canonical_reads_conformed_canonical_and_reference(graph: Graph) -> None:
    # An id that was published is a fact of its own: what the control store remembers of customers is no decision.
    remembered = {"customer_ids", "customer_parents"}
    read = {
        f"{model['name']} reads {parent['name']}"
        for model, parent in graph.edges(CANONICAL)
        if graph.layer(parent) == "control" and parent["name"] in remembered
    }
    allowed = {CONFORMED, CANONICAL, "seed reference", "mappings"}
    assert [edge for edge in outside(graph, CANONICAL, allowed) if edge not in read] == []


def test_reconciliation_reads_canonical_and_controls(graph: Graph) -> None:
    assert outside(graph, RECONCILIATION, {CANONICAL, RECONCILIATION, "control", "seed controls"}) == []


def test_marts_read_canonical_reconciliation_and_control(graph: Graph) -> None:
    assert outside(graph, MARTS, {CANONICAL, RECONCILIATION, MARTS, "control", "seed controls"}) == []


def test_every_landed_table_is_read(graph: Graph) -> None:
    read = {parent["unique_id"] for _, parent in graph.edges(STAGING)}
    unread = {
        f"{node['source_name']}.{node['name']}"
        for key, node in graph.nodes.items()
        if graph.layer(node) == "landed" and key not in read
    }
    assert unread == set()


def test_models_are_named_by_their_layer(graph: Graph) -> None:
    wrong = []
    for model in graph.models.values():
        layer = graph.layer(model)
        pattern = MODEL_NAMES[layer].replace("{system}", re.escape(graph.system(model)))
        if not re.fullmatch(pattern, model["name"]):
            wrong.append(f"{layer}: {model['name']}")
    assert wrong == []


def test_every_model_is_described_and_says_its_grain(graph: Graph) -> None:
    assert [model["name"] for model in graph.models.values() if "Grain: " not in model["description"]] == []


def test_every_model_opens_with_its_grain(graph: Graph) -> None:
    marks = {"sql": "-- Grain: ", "python": "# Grain: "}
    wrong = [each for each in graph.models.values() if not each["raw_code"].startswith(marks[each["language"]])]
    assert [model["name"] for model in wrong] == []


def test_the_group_of_a_model_is_its_folder_and_has_an_owner(graph: Graph) -> None:
    wrong = {}
    for model in graph.models.values():
        layer = graph.layer(model)
        folder = layer if layer == RECONCILIATION else f"{layer}_{graph.system(model)}"
        group = model["config"].get("group")
        if group != folder or not graph.groups[group]["owner"].get("email"):
            wrong[model["name"]] = group
    assert wrong == {}


def test_the_grain_of_every_stored_model_is_tested(graph: Graph) -> None:
    # The rows of a base model are tested as accepted and rejected ones; a union of conformed models has the rows of
    # models that are.
    untested = [
        model["name"]
        for key, model in graph.models.items()
        if not graph.tests_by_model[key] & GRAIN_TESTS
        and not model["name"].startswith("base_")
        and "union" not in model["fqn"]
        # A view of staging's rejected rows, whose grain is tested there.
        and not model["name"].endswith("__rejected_rows_conformed")
    ]
    assert sorted(untested) == sorted(KEYLESS)


def test_every_base_model_has_its_accepted_rows_accounted_for(graph: Graph) -> None:
    accepted = {
        graph.models[model]["name"] for model, tests in graph.tests_by_model.items() if "every_landed_row_once" in tests
    }
    bases = [model["name"] for model in graph.models.values() if model["name"].startswith("base_")]
    assert [name for name in bases if name.replace("base_", "stg_", 1) not in accepted] == []


def test_every_base_model_is_in_the_rejected_rows_of_its_system(graph: Graph) -> None:
    rejecting = {parent["name"] for model, parent in graph.edges(STAGING) if model["name"].endswith("__rejected")}
    bases = {model["name"] for model in graph.models.values() if model["name"].startswith("base_")}
    assert sorted(bases - rejecting) == []


def test_conformed_models_of_one_entity_keep_one_contract(graph: Graph) -> None:
    contracts = defaultdict(dict)
    for model in graph.models.values():
        entity = re.fullmatch(r"int_.+?__(.+)_conformed", model["name"])
        if entity:
            assert model["config"]["contract"]["enforced"], model["name"]
            columns = tuple((column["name"], column["data_type"]) for column in model["columns"].values())
            contracts[entity[1]][model["name"]] = columns
    different = {entity: models for entity, models in contracts.items() if len(set(models.values())) > 1}
    assert different == {}


def test_every_conformed_row_leads_back_to_its_load(graph: Graph) -> None:
    last = ("source_instance", "load_id", "recorded_at")
    assert [
        model["name"]
        for model in graph.models.values()
        if model["name"].endswith("_conformed") and tuple(model["columns"])[-3:] != last
    ] == []
