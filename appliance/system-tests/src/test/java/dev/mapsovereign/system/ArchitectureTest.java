package dev.mapsovereign.system;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The arrows of docs/ARCHITECTURE.md: who may know whom. */
class ArchitectureTest {
    private static final String ROOT = "dev.mapsovereign.";

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.mapsovereign");

    /** Every part of the product and the parts of ours that it may use. */
    private static final Map<String, Set<String>> ARROWS =
            Map.ofEntries(
                    Map.entry("base", Set.of()),
                    Map.entry("config", Set.of("base")),
                    Map.entry("database", Set.of("base", "config")),
                    Map.entry("redis", Set.of("base", "config")),
                    Map.entry("migrations", Set.of("base", "database")),
                    Map.entry("ca", Set.of("base", "config")),
                    Map.entry("custody", Set.of("base", "config")),
                    Map.entry("registry", Set.of("base", "config")),
                    Map.entry("auditlog", Set.of("base")),
                    Map.entry("verifier", Set.of("base", "auditlog")),
                    Map.entry(
                            "auditstore",
                            Set.of("base", "config", "database", "migrations", "auditlog")),
                    Map.entry("auditkafka", Set.of("base", "auditlog", "auditstore")),
                    Map.entry("auditexport", Set.of("base", "config", "auditlog")),
                    Map.entry("plugin", Set.of("base", "config")),
                    Map.entry(
                            "engine",
                            Set.of("base", "config", "database", "redis", "auditlog", "plugin")),
                    Map.entry(
                            "protocols",
                            Set.of(
                                    "base",
                                    "config",
                                    "database",
                                    "auditlog",
                                    "auditstore",
                                    "registry",
                                    "engine")),
                    Map.entry("gateway", Set.of("base", "config", "auditlog", "engine")));

    @Test
    void parts_useOnlyWhatTheyMay() {
        ARROWS.forEach((part, allowed) -> {
            List<JavaClass> classes =
                    CLASSES.stream().filter(each -> part(each).equals(part)).toList();
            assertThat(classes).as("classes of %s", part).hasSizeGreaterThan(2);
            for (JavaClass each : classes) {
                each.getDirectDependenciesFromSelf().stream()
                        .map(dependency -> dependency.getTargetClass())
                        .filter(target -> target.getPackageName().startsWith(ROOT))
                        .forEach(target ->
                                assertThat(
                                                allowed.contains(part(target))
                                                        || part(target).equals(part))
                                        .as("%s uses %s", each.getName(), target.getName())
                                        .isTrue());
            }
        });
    }

    @Test
    void node_isKnownByNobody() {
        assertThat(CLASSES.stream().filter(each -> part(each).equals("node")))
                .hasSizeGreaterThan(20);
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "node..", ROOT + "system..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "node..")
                .check(CLASSES);
    }

    @Test
    void whatAnAuditorTrusts_isJdkOnly() {
        ArchRuleDefinition.classes()
                .that()
                .resideInAnyPackage(ROOT + "base..", ROOT + "auditlog..", ROOT + "verifier..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax..",
                        "org.jspecify..",
                        ROOT + "base..",
                        ROOT + "auditlog..",
                        ROOT + "verifier..")
                .check(CLASSES);
    }

    @Test
    void policyLanguage_knowsNothingOfThisProduct() {
        ArchRuleDefinition.classes()
                .that()
                .resideInAPackage(ROOT + "engine.policy.cedar..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", ROOT + "engine.policy.cedar..")
                .check(CLASSES);
    }

    @Test
    void engine_hasNoHttpServerAndNoDriver() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage(ROOT + "engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.helidon..", "org.h2..", "org.postgresql..", "redis.clients..")
                .check(CLASSES);
    }

    @Test
    void parts_haveNoCycles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    private static String part(JavaClass each) {
        String rest = each.getPackageName().substring(ROOT.length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
