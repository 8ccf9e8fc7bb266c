package dev.mapsovereign.engine.policy.cedar;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Makes entities and requests at random, for us and in the JSON that Cedar reads. */
final class CedarCases {
    static final List<EntityUid> AGENTS =
            List.of(new EntityUid("Agent", "a1"), new EntityUid("Agent", "a \"2\""));
    static final List<EntityUid> TENANTS =
            List.of(
                    new EntityUid("Tenant", "acme"),
                    new EntityUid("Tenant", "bolt"),
                    new EntityUid("Org::Tenant", "root"));
    static final List<EntityUid> ACTIONS =
            List.of(
                    new EntityUid("Action", "read"),
                    new EntityUid("Action", "write"),
                    new EntityUid("Action", "some"),
                    new EntityUid("Action", "all"));
    static final List<EntityUid> OPERATIONS =
            List.of(new EntityUid("Operation", "op1"), new EntityUid("Operation", "op2"));

    /** In no case's entities. */
    static final EntityUid GHOST = new EntityUid("Agent", "ghost");

    static final List<String> NAMES =
            List.of("size", "name", "tags", "rec", "flag", "owner", "frac", "a b", "if");

    static final List<String> TEXTS =
            List.of("", "a", "ab", "abc", "a*c", "é", "😀b", "two\nlines", "quote\"d\\");

    private final RandomGenerator random;

    CedarCases(RandomGenerator random) {
        this.random = random;
    }

    /**
     * One case.
     *
     * @param request for us
     * @param json for Cedar: principal, action, resource, context, entities
     */
    record Case(Request request, JsonObject json) {}

    <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    Case next() {
        Map<EntityUid, Set<EntityUid>> parents = parents();
        Map<EntityUid, Entities.Known> known = new HashMap<>();
        List<JsonValue> entities = new ArrayList<>();
        parents.forEach((uid, above) -> {
            Map<String, Value> attributes = uid.type().equals("Action") ? Map.of() : attributes(2);
            known.put(
                    uid,
                    new Entities.Known(
                            name -> Optional.ofNullable(attributes.get(name)),
                            ancestors(uid, parents)));
            entities.add(
                    JsonObject.builder()
                            .put("uid", json(uid))
                            .put("attrs", json(attributes))
                            .put(
                                    "parents",
                                    new JsonArray(
                                            above.stream()
                                                    .<JsonValue>map(CedarCases::json)
                                                    .toList()))
                            .build());
        });
        Value.RecordOf context = new Value.RecordOf(attributes(2));
        Request request =
                new Request(
                        chance(5) ? GHOST : pick(AGENTS),
                        pick(ACTIONS),
                        pick(OPERATIONS),
                        () -> context,
                        Entities.of(known));
        return new Case(
                request,
                JsonObject.builder()
                        .put("principal", json(request.principal()))
                        .put("action", json(request.action()))
                        .put("resource", json(request.resource()))
                        .put("context", json(context.members()))
                        .put("entities", new JsonArray(entities))
                        .build());
    }

    /** Some of the entities, each below some that come later in one order. */
    private Map<EntityUid, Set<EntityUid>> parents() {
        List<List<EntityUid>> hierarchies = List.of(new ArrayList<>(AGENTS), ACTIONS, OPERATIONS);
        hierarchies.getFirst().addAll(TENANTS);
        Map<EntityUid, Set<EntityUid>> parents = new LinkedHashMap<>();
        for (List<EntityUid> order : hierarchies) {
            for (int i = 0; i < order.size(); i++) {
                Set<EntityUid> above = new LinkedHashSet<>();
                for (int j = i + 1; j < order.size(); j++) {
                    if (chance(35)) {
                        above.add(order.get(j));
                    }
                }
                if (chance(95)) {
                    parents.put(order.get(i), above);
                }
            }
        }
        return parents;
    }

    private static Set<EntityUid> ancestors(EntityUid uid, Map<EntityUid, Set<EntityUid>> parents) {
        Set<EntityUid> found = new LinkedHashSet<>();
        for (EntityUid parent : parents.getOrDefault(uid, Set.of())) {
            found.add(parent);
            found.addAll(ancestors(parent, parents));
        }
        return found;
    }

    private Map<String, Value> attributes(int depth) {
        Map<String, Value> attributes = new LinkedHashMap<>();
        for (String name : NAMES) {
            if (chance(75)) {
                attributes.put(name, chance(10) ? any(depth) : usual(name, depth));
            }
        }
        return attributes;
    }

    private Value usual(String name, int depth) {
        return switch (name) {
            case "size", "a b" -> new Value.Whole(whole());
            case "name", "if" -> new Value.Text(pick(TEXTS));
            case "tags" -> set(depth);
            case "rec" -> record(depth);
            case "flag" -> new Value.Bool(random.nextBoolean());
            case "frac" -> decimal();
            default -> new Value.Entity(pick(chance(50) ? AGENTS : TENANTS));
        };
    }

    /** Within what JavaScript can hand over; literals of the policies go beyond. */
    private long whole() {
        return switch (random.nextInt(6)) {
            case 0 -> JsonNumber.WHOLE_MAX;
            case 1 -> -JsonNumber.WHOLE_MAX;
            default -> random.nextInt(-5, 6);
        };
    }

    private Value decimal() {
        return new Value.Decimal(random.nextInt(-99, 100) + 0.5);
    }

    private Value set(int depth) {
        List<Value> values = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            values.add(chance(70) ? new Value.Text(pick(TEXTS.subList(0, 4))) : any(depth - 1));
        }
        return Value.SetOf.of(values);
    }

    private Value record(int depth) {
        Map<String, Value> members = new LinkedHashMap<>();
        if (chance(80)) {
            members.put("size", any(depth - 1));
        }
        if (depth > 0 && chance(70)) {
            members.put("rec", record(depth - 1));
        }
        return new Value.RecordOf(members);
    }

    private Value any(int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> new Value.Whole(whole());
            case 1 -> new Value.Text(pick(TEXTS));
            case 2 -> new Value.Bool(random.nextBoolean());
            case 3 -> new Value.Entity(chance(10) ? GHOST : pick(AGENTS));
            case 4 -> decimal();
            case 5 -> set(depth);
            default -> record(depth);
        };
    }

    private static JsonObject json(EntityUid uid) {
        return JsonObject.builder().put("type", uid.type()).put("id", uid.id()).build();
    }

    private static JsonValue json(Map<String, Value> members) {
        JsonObject.Builder json = JsonObject.builder();
        members.forEach((name, value) -> json.put(name, json(value)));
        return json.build();
    }

    private static JsonValue json(Value value) {
        return switch (value) {
            case Value.Bool(boolean truth) -> JsonBoolean.of(truth);
            case Value.Whole(long whole) -> JsonNumber.of(whole);
            case Value.Decimal(double number) ->
                    JsonObject.builder()
                            .put(
                                    "__extn",
                                    JsonObject.builder()
                                            .put("fn", "decimal")
                                            .put("arg", Double.toString(number))
                                            .build())
                            .build();
            case Value.Oversize _ -> throw new IllegalArgumentException("not one of Cedar's");
            case Value.Text(String text) -> new JsonString(text);
            case Value.Entity(EntityUid uid) ->
                    JsonObject.builder().put("__entity", json(uid)).build();
            case Value.SetOf(List<Value> values) ->
                    new JsonArray(values.stream().map(CedarCases::json).toList());
            case Value.RecordOf(var members) -> json(members);
        };
    }
}
