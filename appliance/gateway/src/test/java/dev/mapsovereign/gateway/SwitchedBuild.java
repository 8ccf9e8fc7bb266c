package dev.mapsovereign.gateway;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Envelope;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.listen.Connection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The gateway's classes once more, with a switch before each refusal of a request. So the program
 * that people run has no such switch, and every refusal in its class files is one that the tests
 * have to account for.
 *
 * <p>A refusal at the end of an {@code if} goes on behind it when it is off. Any other, at a
 * method's end or in a {@code catch}, gives back a harmless value of the method's type. Where
 * several conditions lead to one refusal by "or", each has a switch of its own besides.
 */
final class SwitchedBuild extends ClassLoader {
    private static final String OURS = "dev.mapsovereign.gateway.";

    /** Whose refusals have tests elsewhere: HTTP/2, and the way to other engine hosts. */
    private static final Pattern ELSEWHERE =
            Pattern.compile("(http2|forward)\\..*|ForwardRoutes.*|EngineDoor.*");

    private static final ClassDesc SWITCHES = describe(Switches.class);
    private static final ClassDesc PROBLEM = describe(RequestException.class);
    private static final ClassDesc MALFORMED = describe(Credential.Malformed.class);
    private static final ClassDesc ENVELOPE = describe(Envelope.class);
    private static final ClassDesc OBJECT = describe(JsonObject.class);
    private static final ClassDesc OPTIONAL = describe(Optional.class);
    private static final ClassDesc BYTES = describe(byte[].class);

    private final ClassFile files =
            ClassFile.of(
                    ClassFile.ClassHierarchyResolverOption.of(
                            ClassHierarchyResolver.ofResourceParsing(
                                    SwitchedBuild.class.getClassLoader())));
    private final Map<String, String> checks = new TreeMap<>();

    SwitchedBuild() throws Exception {
        super(SwitchedBuild.class.getClassLoader());
        URI classes = Gateway.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        Path root = Path.of(classes);
        try (Stream<Path> all = Files.walk(root.resolve(OURS.replace('.', '/')))) {
            for (Path file : all.sorted().toList()) {
                String name = root.relativize(file).toString().replace('/', '.');
                if (name.endsWith(".class") && !name.contains("-info")) {
                    loadClass(name.substring(0, name.length() - ".class".length()));
                }
            }
        }
    }

    /** Every switch, and the refusal that it belongs to: itself, or one with several conditions. */
    Map<String, String> checks() {
        return checks;
    }

    /** One of the sets in this build's {@link Switches}. */
    @SuppressWarnings("unchecked")
    Set<String> set(String name) throws ReflectiveOperationException {
        return (Set<String>) loadClass(Switches.class.getName()).getField(name).get(null);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(OURS)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : define(name);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        String file = "/" + name.replace('.', '/') + ".class";
        try (InputStream in = SwitchedBuild.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = in.readAllBytes();
            boolean elsewhere = ELSEWHERE.matcher(name.substring(OURS.length())).matches();
            byte[] made = elsewhere ? bytes : switched(bytes);
            return defineClass(name, made, 0, made.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] switched(byte[] bytes) {
        ClassModel model = files.parse(bytes);
        String internal = model.thisClass().asInternalName();
        String type = internal.substring(internal.lastIndexOf('/') + 1);
        Map<String, Integer> numbers = new HashMap<>();
        ClassTransform transform =
                (builder, element) -> {
                    if (element instanceof MethodModel method && method.code().isPresent()) {
                        Plan plan = new Plan(type, method, numbers);
                        builder.transformMethod(
                                method,
                                MethodTransform.transformingCode(
                                        CodeTransform.ofStateful(plan::transform)));
                    } else {
                        builder.with(element);
                    }
                };
        return files.transformClass(model, transform);
    }

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /** What becomes of each element of one method. */
    private final class Plan {
        private final String name;
        private final MethodModel method;
        private final Map<String, Integer> numbers;
        private final List<CodeElement> elements;
        private final Map<Integer, Change> changes = new HashMap<>();

        Plan(String type, MethodModel method, Map<String, Integer> numbers) {
            this.name = type + "." + method.methodName().stringValue();
            this.method = method;
            this.numbers = numbers;
            this.elements = method.code().orElseThrow().elementList();
            for (int at = 0; at < elements.size(); at++) {
                plan(at);
            }
        }

        private void plan(int at) {
            switch (elements.get(at)) {
                case ThrowInstruction ignored when refuses(at) -> refusal(at);
                case InvokeInstruction call when makes(call, MALFORMED) -> {
                    String check = check("");
                    changes.put(at, (code, each) -> instead(code, each, check, this::nobody));
                }
                case InvokeInstruction call when is(call, Connection.class, "overdue") -> {
                    String check = check("late ");
                    changes.put(
                            at, (code, each) -> instead(code, each, check, CodeBuilder::iconst_0));
                }
                case InvokeInstruction call
                        when name.equals("Routes.read") && is(call, String.class, "equals") -> {
                    String check = check("");
                    changes.put(
                            at, (code, each) -> instead(code, each, check, CodeBuilder::iconst_1));
                }
                default -> {}
            }
        }

        private void nobody(CodeBuilder code) {
            ClassDesc anonymous = describe(Credential.Anonymous.class);
            code.getstatic(anonymous, "INSTANCE", anonymous);
        }

        private String check(String word) {
            int number = numbers.merge(name + " " + word, 1, Integer::sum);
            String check = name + " " + word + number;
            checks.put(check, check);
            return check;
        }

        private void refusal(int at) {
            String check = check("");
            Set<Label> behind = labelsFrom(at + 1);
            int last = lastBranchTo(behind, at);
            if (last < 0) {
                changes.put(at, (code, each) -> orReturn(code, each, check));
                return;
            }
            changes.put(at, (code, each) -> orGoOn(code, each, check));
            List<Integer> ways = new ArrayList<>();
            Set<Label> here = labelsFrom(last + 1);
            for (int way = 0; way < last; way++) {
                if (elements.get(way) instanceof BranchInstruction branch
                        && here.contains(branch.target())) {
                    ways.add(way);
                }
            }
            if (ways.isEmpty()) {
                return;
            }
            ways.add(last);
            char letter = 'a';
            for (int way : ways) {
                String condition = check + letter;
                letter++;
                checks.put(condition, check);
                changes.put(way, (code, each) -> condition(code, each, condition, way == last));
            }
        }

        /** The labels that stand before the next instruction. */
        private Set<Label> labelsFrom(int from) {
            Set<Label> labels = new HashSet<>();
            for (int at = from;
                    at < elements.size() && !(elements.get(at) instanceof Instruction);
                    at++) {
                if (elements.get(at) instanceof LabelTarget target) {
                    labels.add(target.label());
                }
            }
            return labels;
        }

        private int lastBranchTo(Set<Label> labels, int before) {
            for (int at = before - 1; at >= 0; at--) {
                if (elements.get(at) instanceof BranchInstruction branch
                        && conditional(branch)
                        && labels.contains(branch.target())) {
                    return at;
                }
            }
            return -1;
        }

        private boolean refuses(int at) {
            int before = at - 1;
            while (!(elements.get(before) instanceof Instruction)) {
                before--;
            }
            return switch (elements.get(before)) {
                case InvokeInstruction call ->
                        makes(call, PROBLEM) || call.typeSymbol().returnType().equals(PROBLEM);
                case LoadInstruction load -> holdsProblem(load.slot());
                default -> false;
            };
        }

        /** Whether a {@code catch} of a refusal puts it there. */
        private boolean holdsProblem(int slot) {
            for (int at = 0; at < elements.size(); at++) {
                if (elements.get(at) instanceof ExceptionCatch caught
                        && caught.catchType().isPresent()
                        && caught.catchType().get().asSymbol().equals(PROBLEM)
                        && stores(caught.handler(), slot)) {
                    return true;
                }
            }
            return false;
        }

        private boolean stores(Label handler, int slot) {
            for (int at = 0; at < elements.size(); at++) {
                if (elements.get(at) instanceof LabelTarget target
                        && target.label().equals(handler)) {
                    int next = at + 1;
                    while (!(elements.get(next) instanceof Instruction)) {
                        next++;
                    }
                    return elements.get(next) instanceof StoreInstruction store
                            && store.slot() == slot;
                }
            }
            return false;
        }

        CodeTransform transform() {
            int[] next = {0};
            return (code, element) -> {
                Change change = changes.get(next[0]);
                next[0]++;
                if (change == null) {
                    code.with(element);
                } else {
                    change.write(code, element);
                }
            };
        }

        private void orGoOn(CodeBuilder code, CodeElement refusal, String check) {
            Label on = code.newLabel();
            Label behind = code.newLabel();
            ask(code, check);
            code.ifeq(on).pop().goto_(behind).labelBinding(on);
            code.with(refusal);
            code.labelBinding(behind);
        }

        private void orReturn(CodeBuilder code, CodeElement refusal, String check) {
            Label on = code.newLabel();
            ask(code, check);
            code.ifeq(on).pop();
            ClassDesc type = method.methodTypeSymbol().returnType();
            if (type.equals(OPTIONAL)) {
                code.invokestatic(OPTIONAL, "empty", MethodTypeDesc.of(OPTIONAL)).areturn();
            } else if (type.equals(OBJECT)) {
                code.getstatic(OBJECT, "EMPTY", OBJECT).areturn();
            } else if (type.equals(BYTES)) {
                code.iconst_0().newarray(TypeKind.BYTE).areturn();
            } else if (type.equals(ENVELOPE)) {
                code.ldc("")
                        .invokestatic(
                                describe(TraceQuery.class),
                                "envelope",
                                MethodTypeDesc.of(ENVELOPE, ConstantDescs.CD_String))
                        .areturn();
            } else if (type.equals(ConstantDescs.CD_int)) {
                code.iconst_1().ireturn();
            } else {
                throw new IllegalStateException(check + " would have to give a " + type);
            }
            code.labelBinding(on);
            code.with(refusal);
        }

        private void condition(CodeBuilder code, CodeElement element, String check, boolean last) {
            BranchInstruction branch = (BranchInstruction) element;
            Label on = code.newLabel();
            Label behind = code.newLabel();
            ask(code, check);
            code.ifeq(on);
            if (compares(branch.opcode())) {
                code.pop2();
            } else {
                code.pop();
            }
            code.goto_(last ? branch.target() : behind).labelBinding(on);
            code.with(branch);
            code.labelBinding(behind);
        }

        private static void instead(
                CodeBuilder code, CodeElement call, String check, Consumer<CodeBuilder> other) {
            Label on = code.newLabel();
            code.with(call);
            ask(code, check);
            code.ifeq(on).pop();
            other.accept(code);
            code.labelBinding(on);
        }

        private static void ask(CodeBuilder code, String check) {
            code.ldc(check)
                    .invokestatic(
                            SWITCHES,
                            "off",
                            MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_String));
        }

        private static boolean makes(InvokeInstruction call, ClassDesc type) {
            return call.name().equalsString("<init>") && call.owner().asSymbol().equals(type);
        }

        private static boolean is(InvokeInstruction call, Class<?> type, String name) {
            return call.name().equalsString(name) && call.owner().asSymbol().equals(describe(type));
        }

        private static boolean conditional(BranchInstruction branch) {
            return branch.opcode() != Opcode.GOTO && branch.opcode() != Opcode.GOTO_W;
        }

        private static boolean compares(Opcode opcode) {
            return opcode.name().startsWith("IF_");
        }
    }

    /** Writes something in the place of an element. */
    private interface Change {
        void write(CodeBuilder code, CodeElement element);
    }
}
