package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.age.AgeEncryption;
import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteSignature;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.TlogProof;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Media each of which breaks one rule, as far as one can be broken alone: whatever follows from it,
 * digests and signatures included, is made to fit. So each shows that some check bites, and which.
 */
final class SpoiledMedia {
    private static final TenantId ACME = TenantId.of("acme");
    private static final TenantId ZETA = TenantId.of("zeta");
    private static final int RECORDS = 300;

    private final Path folder;
    private final List<Case> cases = new ArrayList<>();

    /**
     * One medium, or several.
     *
     * @param arguments of {@code map-verify bundle}
     * @param exit with which it must be refused
     * @param python whether verify.py, which keeps no state and knows no ML-DSA-44, sees it too
     */
    record Case(String name, List<Object> arguments, int exit, boolean python) {
        @Override
        public String toString() {
            return name;
        }
    }

    private SpoiledMedia(Path folder) {
        this.folder = folder;
    }

    /** Makes all of them below a folder. */
    static List<Case> all(Path folder) {
        SpoiledMedia media = new SpoiledMedia(folder);
        media.statements();
        media.manifests();
        media.checkpoints();
        media.keys();
        media.ranges();
        media.records();
        media.sets();
        media.states();
        media.files();
        media.encrypted();
        return media.cases;
    }

    /** A node of two tenants, and where its medium goes. */
    private final class Site {
        final String name;
        final SyntheticNode node = new SyntheticNode("alpha");
        final SyntheticLog acme = node.tenant("acme");
        final Path medium;
        final List<Object> more = new ArrayList<>();
        Path trust;

        Site(String name) {
            this.name = name;
            medium = folder.resolve(name.replaceAll("[^a-z0-9]+", "-")).resolve("medium");
            trust = node.trustFile(above());
        }

        Path above() {
            Path above = medium.resolveSibling("");
            try {
                return Files.createDirectories(above);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Site trusting(String policy) {
            trust = SyntheticNode.write(above().resolve("other.policy"), bytes(policy));
            return this;
        }

        Site export() {
            node.export(medium, Map.of(TenantId.NODE, 0L, ACME, 0L));
            return this;
        }

        Site exportSince(long ofNode, long ofAcme) {
            node.export(medium, Map.of(TenantId.NODE, ofNode, ACME, ofAcme));
            return this;
        }

        Path at(String file) {
            return node.folder(medium).resolve(file);
        }

        Site change(String file, UnaryOperator<byte[]> change) {
            SyntheticNode.write(at(file), change.apply(MediumFiles.read(at(file))));
            return this;
        }

        Site files(Consumer<Map<String, byte[]>> change) {
            node.spoilFiles =
                    files -> {
                        change.accept(files);
                        return files;
                    };
            return this;
        }

        Site description(UnaryOperator<String> change) {
            return files(files ->
                    files.computeIfPresent(
                            BundleLayout.description(1),
                            (file, json) ->
                                    bytes(change.apply(new String(json, StandardCharsets.UTF_8)))));
        }

        void refused(int exit) {
            add(exit, true);
        }

        void refusedByMapVerify(int exit) {
            add(exit, false);
        }

        private void add(int exit, boolean python) {
            List<Object> arguments = new ArrayList<>(List.of(medium, "--trust", trust));
            arguments.addAll(more);
            cases.add(new Case(name, arguments, exit, python));
        }
    }

    private Site site(String name) {
        Site site = new Site(name);
        site.acme.append(RECORDS);
        return site;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] flip(byte[] content, int at) {
        byte[] changed = content.clone();
        changed[at] ^= 1;
        return changed;
    }

    private static NoteSigner stranger(String name) {
        return NoteSigners.ed25519(name, Sha256.hash(bytes("stranger " + name)), Ed25519.jdk());
    }

    private static List<String> with(List<String> lines, int at, String line) {
        List<String> changed = new ArrayList<>(lines);
        changed.set(at, line);
        return changed;
    }

    private void statements() {
        Site number = site("statement of another number");
        number.node.spoilStatement = lines -> with(lines, 1, "2");
        number.export().refused(4);
        Site digest = site("statement of another digest");
        digest.node.spoilStatement = lines -> with(lines, 2, "ab".repeat(32));
        digest.export().refused(4);
        Site kind = site("statement of another kind");
        kind.node.statementKind = "plugin";
        kind.export().refused(4);
        Site name = site("statement of another node");
        name.node.spoilStatement = lines -> with(lines, 0, "beta.0123abcd");
        name.export().refused(4);
        Site previous = site("statement of a bundle before that is not");
        previous.node.spoilStatement = lines -> with(lines, 3, "ab".repeat(32));
        previous.export().refused(4);
        Site signer = site("statement signed by a tenant");
        signer.node.statementSigners = List.of(signer.acme.signers().getFirst());
        signer.export().refused(4);
        Site unknown = site("trust that knows nobody here");
        unknown.trusting("log " + stranger("beta.0123abcd/_node").key().vkey() + "\nquorum none\n");
        unknown.export().refused(1);
        Site beside = site("trust that knows a bystander alone");
        NoteSigner bystander = stranger("beta.0123abcd/_node");
        beside.node.statementSigners = List.of(beside.node.own.signers().getFirst(), bystander);
        beside.trusting("log " + bystander.key().vkey() + "\nquorum none\n");
        beside.export().refused(4);
    }

    private void manifests() {
        Site more = site("manifest with a line more");
        more.node.spoilManifest = text -> text + "ab".repeat(32) + "  logs/acme/more\n";
        more.export().refused(4);
        Site other = site("manifest with another name");
        other.node.spoilManifest = text -> text.replace("tile/entries/000\n", "tile/entries/00x\n");
        other.export().refused(4);
        Site digest = site("manifest with another digest of entries");
        digest.node.spoilManifest = text -> digestOf(text, "tile/entries/000\n");
        digest.export().refused(4);
        Site tile = site("manifest with another digest of a tile");
        tile.node.spoilManifest = text -> digestOf(text, "acme/tile/0/000\n");
        tile.export().refused(4);
        Site open = site("manifest without its last line end");
        open.node.spoilManifest = text -> text.substring(0, text.length() - 1);
        open.export().refused(4);
        Site own = site("checkpoint with a line added later");
        own.export()
                .change(
                        "bundle-1/checkpoints/acme/300",
                        note -> SignedNote.parse(note).with(stranger("x")).bytes())
                .refused(4);
        Site order = site("manifest in another order");
        order.node.spoilManifest = SpoiledMedia::swapLastLines;
        order.export().refusedByMapVerify(4);
    }

    private static String digestOf(String manifest, String name) {
        int at = manifest.indexOf(name);
        int line = manifest.lastIndexOf('\n', at) + 1;
        String digit = manifest.charAt(line) == '0' ? "1" : "0";
        return manifest.substring(0, line) + digit + manifest.substring(line + 1);
    }

    private static String swapLastLines(String manifest) {
        List<String> lines = new ArrayList<>(List.of(manifest.split("\n")));
        lines.add(lines.size() - 1, lines.removeLast());
        lines.add(lines.remove(lines.size() - 2));
        return String.join("\n", lines) + "\n";
    }

    private static SignedNote resigned(SyntheticLog log, long size, byte[] root) {
        return SignedNote.sign(
                new Checkpoint(log.origin(), size, root).text(),
                log.signers().toArray(NoteSigner[]::new));
    }

    private static UnaryOperator<SignedNote> only(
            SyntheticLog log, UnaryOperator<SignedNote> change) {
        return note -> note.text().startsWith(log.origin() + "\n") ? change.apply(note) : note;
    }

    private void checkpoints() {
        byte[] wrong = Sha256.hash(bytes("wrong"));
        Site root = site("checkpoint of another root");
        root.node.spoilCheckpoint = only(root.acme, note -> resigned(root.acme, 300, wrong));
        root.export().refused(4);
        Site second = site("checkpoint without its second line");
        second.node.spoilCheckpoint =
                only(
                        second.acme,
                        note -> new SignedNote(note.text(), note.signatures().subList(0, 1)));
        second.export().refusedByMapVerify(4);
        Site first = site("checkpoint without its first line");
        first.node.spoilCheckpoint =
                only(
                        first.acme,
                        note -> new SignedNote(note.text(), note.signatures().subList(1, 2)));
        first.export().refused(4);
        Site false_ = site("checkpoint with a false line");
        false_.node.spoilCheckpoint =
                only(
                        false_.acme,
                        note -> {
                            NoteSignature line = note.signatures().getFirst();
                            return note.with(
                                    new NoteSignature(
                                            line.name(), line.keyId(), flip(line.signature(), 9)));
                        });
        false_.export().refused(4);
        Site quorum = site("quorum that is not met");
        NoteSigner witness =
                NoteSigners.cosignatureEd25519(
                        "vault/witness", new byte[32], Ed25519.jdk(), Clock.systemUTC());
        quorum.trusting(
                "log %s\nwitness w %s\nquorum w\n"
                        .formatted(quorum.node.firstKey.vkey(), witness.key().vkey()));
        quorum.export().refused(1);
        Site size = site("checkpoint of another size");
        size.node.spoilCheckpoint = only(size.acme, note -> resigned(size.acme, 299, wrong));
        size.export().refused(4);
        Site origin = site("checkpoint of another log");
        origin.node.spoilCheckpoint =
                only(origin.acme, note -> origin.node.own.checkpoint(origin.node.own.size()));
        origin.export().refused(4);
        Site rubbish = site("checkpoint that is no note");
        rubbish.files(files ->
                files.put(BundleLayout.bundleCheckpoint(1, ACME, 300), bytes("rubbish\n")));
        rubbish.export().refused(4);
    }

    private void keys() {
        Site named = site("trust with a key that a tenant never had");
        named.trusting(
                "log %s\nlog %s\nquorum none\n"
                        .formatted(
                                named.node.firstKey.vkey(),
                                stranger(named.acme.origin()).key().vkey()));
        named.export().refused(4);
        Site foreign = site("tenant under another tenant's keys");
        SyntheticLog zeta = foreign.node.tenant("zeta").append(1);
        foreign.node.spoilCheckpoint =
                only(
                        foreign.acme,
                        note ->
                                note.with(zeta.signers().getFirst())
                                        .with(zeta.signers().getLast()));
        // Record 1 of _node introduces acme, record 2 zeta.
        foreign.files(files -> {
            files.computeIfPresent(
                    BundleLayout.description(1),
                    (file, json) ->
                            bytes(
                                    new String(json, StandardCharsets.UTF_8)
                                            .replace(
                                                    "\"key_records\":[\"1\"]",
                                                    "\"key_records\":[\"2\"]")));
            rename(
                    files,
                    BundleLayout.keyRecordProof(1, 1),
                    BundleLayout.keyRecordProof(1, 2),
                    proof(foreign.node, 2, files));
        });
        foreign.export().refused(4);
        Site under = site("proof under another checkpoint");
        under.files(files -> {
            TlogProof good = TlogProof.parse(proof(under.node, 1, files));
            SignedNote more = SignedNote.parse(good.checkpoint()).with(stranger("x"));
            files.put(
                    BundleLayout.keyRecordProof(1, 1),
                    new TlogProof(good.extra(), good.index(), good.hashes(), more.bytes()).bytes());
        });
        under.export().refused(4);
        Site made = site("proof of a record that is not in the tree");
        made.files(files -> {
            TlogProof good = TlogProof.parse(proof(made.node, 1, files));
            byte[] leaf = good.extra().orElseThrow();
            leaf = flip(leaf, 3);
            files.put(
                    BundleLayout.keyRecordProof(1, 1),
                    new TlogProof(
                                    java.util.Optional.of(leaf),
                                    good.index(),
                                    good.hashes(),
                                    good.checkpoint())
                            .bytes());
        });
        made.export().refused(4);
        Site rubbish = site("proof that is none");
        rubbish.files(files -> files.put(BundleLayout.keyRecordProof(1, 1), bytes("rubbish\n\n")));
        rubbish.export().refused(4);
        Site rotation = site("rotation without the old key");
        rotation.node.rotate(rotation.acme, SyntheticLog.signers(rotation.acme.origin(), "second"));
        rotation.acme.append(1);
        rotation.files(files -> {
            String name = BundleLayout.rotationCheckpoint(1, ACME, RECORDS + 1);
            SignedNote note = SignedNote.parse(SyntheticNode.at(files, name));
            files.put(name, new SignedNote(note.text(), note.signatures().subList(2, 4)).bytes());
        });
        rotation.export().refused(4);
        Site fresh = site("new keys of the node without a rotation");
        fresh.node.own.sign(SyntheticLog.signers(fresh.node.own.origin(), "second"));
        fresh.export().refused(4);
        earlyRotation();
        recordFromElsewhere();
    }

    /** The keys change, by the record, at a size above that of the rotation's checkpoint. */
    private void earlyRotation() {
        Site early = site("rotation before its size");
        early.node.rotationsAhead = 5;
        early.node.rotate(early.acme, SyntheticLog.signers(early.acme.origin(), "second"));
        early.acme.append(10);
        early.export().refused(4);
    }

    /**
     * A key record that says that it stands elsewhere, in a part that this bundle does not hold.
     */
    private void recordFromElsewhere() {
        Site site = new Site("key record that says another index");
        SyntheticLog own = site.node.own;
        SyntheticLog zeta = site.node.tenantAtIndex("zeta", 7);
        zeta.append(3);
        own.append(1);
        long from = own.size();
        own.append(2);
        site.node.export(site.medium, Map.of(TenantId.NODE, from, ZETA, 0L));
        // Here record 2 of _node says that it is record 7; the range begins behind it.
        site.refused(4);
    }

    private static byte[] proof(SyntheticNode node, long index, Map<String, byte[]> files) {
        return node.proof(
                index,
                node.own.size(),
                SyntheticNode.at(
                        files, BundleLayout.bundleCheckpoint(1, TenantId.NODE, node.own.size())));
    }

    /** Puts a file in another's place, so that the order of the manifest stays. */
    private static void rename(Map<String, byte[]> files, String from, String to, byte[] content) {
        Map<String, byte[]> copy = new LinkedHashMap<>(files);
        files.clear();
        copy.forEach((name, bytes) -> {
            if (name.equals(from)) {
                files.put(to, content);
            } else {
                files.put(name, bytes);
            }
        });
    }

    private void ranges() {
        byte[] wrong = Sha256.hash(bytes("wrong"));
        Site from = site("another root at the beginning");
        from.node.spoilDescription =
                about -> changed(about, 10, wrong, about.range(ACME).orElseThrow().toRoot());
        from.node.spoilCheckpoint =
                only(
                        from.acme,
                        note ->
                                Checkpoint.parse(note.text()).size() == 10
                                        ? resigned(from.acme, 10, wrong)
                                        : note);
        from.exportSince(0, 10).refused(4);
        Site to = site("another root at the end");
        to.node.spoilDescription =
                about -> changed(about, 0, about.range(ACME).orElseThrow().fromRoot(), wrong);
        to.node.spoilCheckpoint = only(to.acme, note -> resigned(to.acme, 300, wrong));
        to.export().refused(4);
        for (String member : List.of("last_record_hash", "previous_record_hash")) {
            Site hash = site("another " + member);
            hash.description(json -> flipMember(json, member));
            hash.exportSince(0, 10).refused(4);
        }
        Site aligned = site("another previous_record_hash at a block");
        aligned.description(json -> flipMember(json, "previous_record_hash"));
        aligned.exportSince(0, 256).refused(4);
        Site above = site("tile above that is not the tree's");
        above.files(files ->
                files.computeIfPresent(
                        BundleLayout.hashTile(ACME, 1, 0, 1), (name, tile) -> flip(tile, 3)));
        above.export().refused(4);
        Site leaves = site("tile of leaves that are not the entries'");
        leaves.files(files ->
                files.computeIfPresent(
                        BundleLayout.hashTile(ACME, 0, 0, 256), (name, tile) -> flip(tile, 70)));
        leaves.export().refused(4);
        Site before = site("beginning that the tree did not have");
        before.files(files ->
                files.computeIfPresent(
                        BundleLayout.hashTile(ACME, 0, 0, 10), (name, tile) -> flip(tile, 70)));
        before.exportSince(0, 10).refused(4);
        Site history = site("entry before the range that the tree did not hold");
        history.files(files -> rewriteEntry(files, history.acme, 9));
        history.exportSince(0, 10).refused(4);
        Site wide = site("tile with a hash more");
        wide.files(files ->
                files.computeIfPresent(
                        BundleLayout.hashTile(ACME, 0, 1, 44),
                        (name, tile) -> Arrays.copyOf(tile, tile.length + 32)));
        wide.export().refused(4);
        Site behind = site("bytes behind the last entry");
        behind.files(files ->
                files.computeIfPresent(
                        BundleLayout.entryBundle(ACME, 1, 44),
                        (name, entries) -> Arrays.copyOf(entries, entries.length + 2)));
        behind.export().refused(4);
        Site cut = site("entries that end too early");
        cut.files(files ->
                files.computeIfPresent(
                        BundleLayout.entryBundle(ACME, 1, 44),
                        (name, entries) -> Arrays.copyOf(entries, entries.length - 190)));
        cut.export().refused(4);
        Site none = site("entries that end before one");
        none.files(files ->
                files.computeIfPresent(
                        BundleLayout.entryBundle(ACME, 1, 44), (name, entries) -> new byte[0]));
        none.export().refused(4);
    }

    /** Another entry in a block, and its hash in the level-0 tile. */
    private static void rewriteEntry(Map<String, byte[]> files, SyntheticLog log, int index) {
        List<byte[]> entries = new ArrayList<>(log.entries(0, 256));
        byte[] leaf = entries.get(index).clone();
        byte[] text =
                bytes(
                        new String(leaf, 32, leaf.length - 32, StandardCharsets.UTF_8)
                                .replace("success", "refused"));
        System.arraycopy(text, 0, leaf, 32, text.length);
        entries.set(index, leaf);
        files.put(BundleLayout.entryBundle(log.tenant(), 0, 256), Tiles.encodeBundle(entries));
        files.computeIfPresent(
                BundleLayout.hashTile(log.tenant(), 0, 0, 256),
                (name, tile) -> {
                    byte[] changed = tile.clone();
                    System.arraycopy(MerkleHash.leaf(leaf), 0, changed, 32 * index, 32);
                    return changed;
                });
    }

    private static String flipMember(String json, String member) {
        int at = json.lastIndexOf("\"" + member + "\":\"") + member.length() + 4 + 63;
        char other = json.charAt(at) == '0' ? '1' : '0';
        return json.substring(0, at) + other + json.substring(at + 1);
    }

    private static BundleDescription changed(
            BundleDescription about, long from, byte[] fromRoot, byte[] toRoot) {
        List<BundleDescription.Range> ranges = new ArrayList<>(about.ranges());
        BundleDescription.Range old = ranges.getLast();
        ranges.set(
                ranges.size() - 1,
                new BundleDescription.Range(
                        old.tenant(),
                        old.origin(),
                        from,
                        old.to(),
                        fromRoot,
                        toRoot,
                        old.previousRecordHash(),
                        old.lastRecordHash(),
                        old.keyRecords(),
                        old.rotations()));
        List<BundleDescription.Log> logs = new ArrayList<>(about.logs());
        logs.replaceAll(log ->
                log.tenant().equals(ACME)
                        ? new BundleDescription.Log(ACME, log.origin(), log.size(), toRoot)
                        : log);
        return new BundleDescription(
                about.productVersion(),
                about.time(),
                about.node(),
                about.number(),
                about.previous(),
                ranges,
                logs);
    }

    private void records() {
        String good = "\"index\":\"0\",\"tenant_id\":\"acme\",\"v\":1}";
        List<String> bad =
                List.of(
                        "{" + good + " ",
                        "[" + good,
                        "{\"index\":\"0\",\"tenant_id\":\"acme\"}",
                        "{\"index\":\"0\",\"index\":\"0\",\"tenant_id\":\"acme\",\"v\":1}",
                        "{\"a\":{\"b\":1,\"b\":2}," + good,
                        "{\"A\":1," + good,
                        "{\"a\":{\"\":1}," + good,
                        "{\"index\":\"0\",\"tenant_id\":\"acme\",\"v\":2}",
                        "{\"index\":\"1\",\"tenant_id\":\"acme\",\"v\":1}",
                        "{\"index\":\"0\",\"tenant_id\":\"zeta\",\"v\":1}",
                        "{\"a\":\"\u0001\"," + good,
                        "{\"a\":\"\\/\"," + good,
                        "{\"a\":\"\\/01\"," + good,
                        "{\"" + "b".repeat(65) + "\":1," + good,
                        "{\"a\":\"\\u001F\"," + good,
                        "{\"a\":\"\\u000a\"," + good,
                        "{\"a\":1.5," + good,
                        "{\"a\":9007199254740992," + good,
                        "{\"a\":-0," + good,
                        "{\"a\":01," + good,
                        "{\"a\":[[[[[[[[1]]]]]]]]," + good,
                        "{\"a\":[1;2]," + good,
                        "{\"a\":1",
                        "{\"a\":\"" + "x".repeat(65_000) + "\"," + good);
        for (int i = 0; i < bad.size(); i++) {
            Site site = new Site("record " + i);
            site.acme.appendText(bad.get(i)).append(3);
            site.export().refused(4);
        }
        for (int lead : new int[] {0xc0, 0xed, 0xff}) {
            Site site = new Site("record not utf-8 " + lead);
            byte[] record = bytes("{\"a\":\"xxx\"," + good);
            record[6] = (byte) lead;
            record[7] = (byte) 0xa0;
            record[8] = (byte) 0x80;
            site.acme.appendBytes(record).append(3);
            site.export().refused(4);
        }
        Site linked = new Site("record not linked");
        linked.acme.append(1);
        byte[] second = bytes(linked.acme.goodRecord(1));
        byte[] leaf = Arrays.copyOf(Sha256.hash(bytes("else")), 32 + second.length);
        System.arraycopy(second, 0, leaf, 32, second.length);
        linked.acme.appendLeaf(leaf).append(2);
        linked.export().refused(4);
        Site short_ = new Site("leaf shorter than a hash");
        short_.acme.append(1).appendLeaf(new byte[20]);
        short_.export().refused(4);
    }

    private void sets() {
        Site lost = site("bundle before that is gone");
        lost.export();
        lost.acme.append(5);
        lost.exportSince(lost.node.own.size(), RECORDS);
        MediumFiles.delete(lost.at("bundle-1"));
        lost.refused(4);
        Site other = site("continues another bundle");
        other.export();
        other.acme.append(5);
        other.node.spoilStatement = lines -> with(lines, 3, "ab".repeat(32));
        other.exportSince(other.node.own.size(), RECORDS).refused(4);
        Site twice = site("one number for two bundles");
        twice.export();
        Site again = site("one number for two bundles again");
        again.acme.append(1);
        again.export();
        twice.more.add(again.medium);
        twice.refusedByMapVerify(4);
        Site fork = site("two histories");
        fork.export();
        Site history = new Site("two histories again");
        history.acme.appendText(history.acme.goodRecord(0).replace("success", "refused"));
        history.acme.append(RECORDS - 1);
        history.node.skipNumber();
        history.export();
        fork.more.add(history.medium);
        fork.refusedByMapVerify(4);
        Site thief = site("replaced keys that go on behind a rotation");
        thief.export();
        SyntheticLog own = thief.node.own;
        long size = own.size();
        thief.node.rotate(thief.acme, SyntheticLog.signers(thief.acme.origin(), "second"));
        thief.node.rotate(own, SyntheticLog.signers(own.origin(), "second"));
        thief.exportSince(size, RECORDS);
        size = own.size();
        long acmeSize = thief.acme.size();
        own.sign(SyntheticLog.signers(own.origin(), ""));
        thief.acme.sign(SyntheticLog.signers(thief.acme.origin(), ""));
        thief.node.forgetRotations();
        thief.acme.append(5);
        own.append(1);
        thief.exportSince(size, acmeSize).refusedByMapVerify(4);
        Site nodes = site("bundles of two nodes in one folder");
        nodes.export();
        SyntheticNode beta = new SyntheticNode("beta");
        beta.skipNumber();
        beta.export(nodes.medium, Map.of(TenantId.NODE, 0L));
        MediumFiles.copy(beta.folder(nodes.medium), nodes.node.folder(nodes.medium));
        MediumFiles.delete(beta.folder(nodes.medium));
        // One log folder for both: the two _node logs must not differ in what is read.
        nodes.trusting(
                "log %s\nlog %s\nquorum none\n"
                        .formatted(nodes.node.firstKey.vkey(), beta.firstKey.vkey()));
        nodes.refused(4);
    }

    private void states() {
        Site older = site("older than the state");
        older.export();
        Site ahead = site("older than the state ahead");
        ahead.acme.append(5);
        ahead.export();
        Path state = stateOf(ahead, "state");
        older.more.addAll(List.of("--state", state));
        older.refusedByMapVerify(4);

        Site gap = site("gap since the state");
        gap.export();
        Path seen = stateOf(gap, "state");
        gap.acme.append(10);
        gap.node.forget();
        MediumFiles.delete(gap.node.folder(gap.medium));
        gap.node.export(gap.medium, Map.of(TenantId.NODE, 0L, ACME, RECORDS + 5L));
        gap.more.addAll(List.of("--state", seen));
        gap.refusedByMapVerify(4);

        Site shorter = site("shorter than the state");
        shorter.export();
        Path whole = stateOf(shorter, "state");
        Site without = site("shorter than the state now");
        SyntheticNode bare = new SyntheticNode("alpha");
        bare.own.appendText(shorter.node.own.recordText(1)).append(2);
        bare.export(without.medium, Map.of(TenantId.NODE, 0L));
        without.more.addAll(List.of("--state", whole));
        without.refusedByMapVerify(4);

        Site forked = site("forked from the state");
        forked.export();
        Path true_ = stateOf(forked, "state");
        Site false_ = new Site("forked from the state now");
        false_.acme.appendText(false_.acme.goodRecord(0).replace("success", "refused"));
        false_.acme.append(RECORDS - 1);
        false_.export();
        false_.more.addAll(List.of("--state", true_));
        false_.refusedByMapVerify(4);

        edited("state with another record hash", "last_record_hash");
        edited("state with another root", "root");
        Site keys = site("state with other keys");
        keys.export();
        Path with = stateOf(keys, "state");
        String text = new String(MediumFiles.read(with), StandardCharsets.UTF_8);
        SyntheticNode.write(
                with,
                bytes(
                        text.replace(
                                keys.acme.keys().getFirst().vkey(),
                                stranger(keys.acme.origin()).key().vkey())));
        keys.more.addAll(List.of("--state", with));
        keys.refusedByMapVerify(4);

        Site foreign = site("node that the state has not seen");
        foreign.export();
        foreign.more.addAll(
                List.of(
                        "--state",
                        SyntheticNode.write(
                                foreign.above().resolve("state"),
                                bytes("{\"kind\":\"map-verify-state\",\"nodes\":{},\"v\":1}"))));
        foreign.refusedByMapVerify(4);
    }

    private void edited(String name, String member) {
        Site site = site(name);
        site.export();
        Path state = stateOf(site, "state");
        String text = new String(MediumFiles.read(state), StandardCharsets.UTF_8);
        int acme = text.lastIndexOf("\"acme\"");
        int at = text.indexOf("\"" + member + "\":\"", acme) + member.length() + 4;
        char other = text.charAt(at) == '0' ? '1' : '0';
        SyntheticNode.write(state, bytes(text.substring(0, at) + other + text.substring(at + 1)));
        site.more.addAll(List.of("--state", state));
        site.refusedByMapVerify(4);
    }

    private static Path stateOf(Site site, String name) {
        Path state = site.above().resolve(name);
        Verifiers.Outcome outcome =
                Verifiers.inProcess(site.medium, "--trust", site.trust, "--init-state", state);
        if (outcome.exit() != 0) {
            throw new IllegalStateException(outcome.output());
        }
        return state;
    }

    private void files() {
        Site link = site("link beside the files");
        link.export();
        link(link.at("logs/acme/link"), Path.of("/etc/hostname"));
        link.refused(4);
        Site file = site("link in place of a file");
        file.export();
        move(file.at("logs/acme/tile/entries/000"), file.above().resolve("000"));
        link(file.at("logs/acme/tile/entries/000"), file.above().resolve("000"));
        file.refused(4);
        Site top = site("link in place of the node's folder");
        top.export();
        move(top.node.folder(top.medium), top.above().resolve("moved"));
        link(top.node.folder(top.medium), top.above().resolve("moved"));
        top.refused(4);
        Site deep = site("folders without end");
        deep.export();
        SyntheticNode.write(deep.at("x" + "/x".repeat(40) + "/file"), new byte[1]);
        deep.refusedByMapVerify(4);
        Site large = site("note larger than notes are");
        large.export()
                .change("bundle-1/manifest.sig", note -> Arrays.copyOf(note, 300 << 10))
                .refused(4);
    }

    private void encrypted() {
        AgeIdentity identity = AgeIdentity.generate(new SecureRandom());
        Site site = site("encrypted entries that cannot be decrypted");
        Path file = site.above().resolve("identity");
        byte[] text = identity.text().use(byte[]::clone);
        SyntheticNode.write(file, Arrays.copyOf(text, text.length));
        file.toFile().setReadable(false, false);
        file.toFile().setReadable(true, true);
        site.files(files -> encrypt(files, identity, true));
        site.export();
        site.more.addAll(List.of("--identity", file, "--without-entries"));
        site.refusedByMapVerify(4);
    }

    /** Encrypts all entries; spoils the last byte of the first ciphertext if that is wanted. */
    static void encrypt(Map<String, byte[]> files, AgeIdentity identity, boolean spoil) {
        Map<String, byte[]> copy = new LinkedHashMap<>(files);
        files.clear();
        boolean spoilt = !spoil;
        for (Map.Entry<String, byte[]> file : copy.entrySet()) {
            if (file.getKey().contains("/tile/entries/")) {
                byte[] cipher =
                        AgeEncryption.encrypt(
                                file.getValue(), List.of(identity.recipient()), new SecureRandom());
                if (!spoilt) {
                    cipher = flip(cipher, cipher.length - 1);
                    spoilt = true;
                }
                files.put(BundleLayout.encrypted(file.getKey()), cipher);
            } else {
                files.put(file.getKey(), file.getValue());
            }
        }
    }

    private static void link(Path link, Path target) {
        try {
            Files.createSymbolicLink(link, target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void move(Path from, Path to) {
        try {
            Files.move(from, to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
