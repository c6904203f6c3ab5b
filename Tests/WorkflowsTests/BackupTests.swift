import Basics
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Backups, from the first to the workspace that was made of one.
@Suite struct BackupTests {
    /// A gated version, keys, and a first backup signed by `backup`.
    private static func project() throws -> (project: TestProject, directory: String) {
        let project = try TestProject()
        for name in ["backup", "ann"] { try project.trust(name) }
        try project.gate()
        try project.write("{\"note\": 1}\n", to: "Registry/promotions/paper-m-1/card.json")
        try project.write("secret of a hook\n", to: "Registry/keys/ci.secret")
        let directory = project.file("backups")
        try project.session.registry().audit(action: "test.before", subject: .tool("test"))
        _ = try CreateBackup.run(directory, key: "backup", session: project.session)
        return (project, directory)
    }

    private static func key(_ project: TestProject) throws -> PublicKey {
        try PublicKey.read(project.file("Registry/keys/backup.pub.json"))
    }

    private static func verify(_ directory: String, _ keys: [PublicKey] = []) throws -> [String] {
        try VerifyBackup.run(directory, keys: keys, at: Clock.system.now()).problems
    }

    private static func restore(
        _ directory: String, to target: String, _ change: (inout RestoreBackup.Request) -> Void = { _ in }
    ) throws -> RestoreBackup.Outcome {
        var request = RestoreBackup.Request(directory: directory, target: target)
        change(&request)
        return try RestoreBackup.run(request, caller: Caller(actor: "ann@new"))
    }

    @Test("a second backup copies what is new alone, names the first, and nothing of either is a private key")
    func incremental() throws {
        let (project, directory) = try Self.project()
        try project.session.registry().audit(action: "test.after", subject: .tool("test"))
        let second = try CreateBackup.run(directory, key: nil, session: project.session)
        #expect(second.manifest.number == 2 && second.manifest.missing.isEmpty)
        // The registry, and nothing else.
        #expect(second.written.files == 1, "\(second.written)")
        let found = try VerifyBackup.run(directory, at: Clock.system.now())
        #expect(found.problems == [] && found.leftovers == [] && found.numbers == [1, 2] && found.signer == nil)
        let kinds = Set(second.manifest.files.map(\.kind))
        #expect(kinds.isSuperset(of: [.registry, .artefact, .key, .environment, .policy, .card, .promotion]))
        let names = second.manifest.files.map(\.path)
        #expect(!names.contains { $0.hasSuffix(".key.json") || $0.hasSuffix(".secret") })
        let secrets = try [
            project.json("Registry/keys/backup.key.json")[key: "privateKey"]?.stringValue, "secret of a hook",
        ].map { Array(try #require($0).utf8) }
        for file in try Paths.files(below: directory) {
            let bytes = try FileChunks.bytes("\(directory)/\(file)")
            for secret in secrets { #expect(bytes.firstRange(of: secret) == nil, "\(file) holds a secret") }
        }
    }

    @Test("a flipped bit in a file of each kind is named, and so is a missing, a foreign and a renamed file")
    func flips() throws {
        let (project, directory) = try Self.project()
        let manifest = try #require(try VerifyBackup.run(directory, at: Clock.system.now()).newest)
        func path(_ file: BackupManifest.File) -> String {
            "\(directory)/objects/\(file.digest.prefix(2))/\(file.digest.dropFirst(2))"
        }
        var kinds: Set<BackupManifest.Kind> = []
        for file in manifest.files where kinds.insert(file.kind).inserted {
            let bytes = try FileChunks.bytes(path(file))
            var flipped = bytes
            flipped[bytes.count / 2] ^= 4
            try AtomicFile.write(flipped, to: path(file))
            let problems = try Self.verify(directory)
            #expect(problems.count == 1 && problems[0].contains(file.path), "\(file.kind): \(problems)")
            let target = "\(directory)-\(file.kind)"
            #expect(project.code { _ = try Self.restore(directory, to: target) } == "backup.damaged", "\(file.kind)")
            #expect(!Paths.exists(target))
            try AtomicFile.write(bytes, to: path(file))
        }
        #expect(kinds.count >= 7)
        let card = try #require(manifest.files.first { $0.kind == .card }), kept = try FileChunks.bytes(path(card))
        try Paths.remove(path(card))
        #expect(try Self.verify(directory).contains { $0.hasPrefix("found no ") && $0.contains(card.path) })
        try AtomicFile.write(kept, to: path(card))
        for name in ["objects/ab/cd", "objects/\(String(repeating: "a", count: 64))", "notes.txt", "manifests/x.json"] {
            try AtomicFile.write("evil", to: "\(directory)/\(name)")
            #expect(try Self.verify(directory).contains { $0.contains(name) }, "\(name)")
            try Paths.remove("\(directory)/\(name)")
        }
        // Not even white space of a manifest.
        let name = try #require(try Paths.entries("\(directory)/manifests").first),
            file = "\(directory)/manifests/\(name)"
        let text = try FileChunks.text(file)
        try AtomicFile.write(text + " ", to: file)
        #expect(try Self.verify(directory).contains { $0.contains(name) })
        try AtomicFile.write(text, to: file)
        #expect(try Self.verify(directory, [Self.key(project)]) == [])
    }

    @Test("where a signature is demanded, an unsigned manifest, another key and a revoked key do not count")
    func signatures() throws {
        let (project, directory) = try Self.project()
        var key = try Self.key(project)
        #expect(try Self.verify(directory, [key]) == [])
        let other = try PublicKey.read(project.file("Registry/keys/ann.pub.json"))
        #expect(try Self.verify(directory, [other]).count == 1)
        #expect(try Self.verify(directory, [other, key]) == [])
        key.revoked = PublicKey.Revocation(at: 0, reason: "lost")
        #expect(try Self.verify(directory, [key]).first?.contains("lost") == true)
        _ = try CreateBackup.run(directory, key: nil, session: project.session)
        let good = try Self.key(project)
        #expect(try Self.verify(directory, [good]).first?.contains("without a signature") == true)
        #expect(
            project.code { _ = try Self.restore(directory, to: directory + "-x") { $0.keys = [good] } }
                == "backup.damaged")
    }

    @Test("a backup becomes a workspace whose record is intact, and what is there already is never overwritten")
    func restores() throws {
        let (project, directory) = try Self.project()
        let place = try TemporaryDirectory(), target = place.file("new")
        let outcome = try Self.restore(directory, to: target) { $0.number = 1 }
        #expect(outcome.problems == [] && outcome.kept == [] && outcome.files == outcome.manifest.files.count)
        #expect(try Paths.entries(target) == [".dvc", ".dvcignore", "Registry"])
        let session = try Session(Caller(actor: "ann@new", directory: target))
        let here = try ShowVersion.run("m/1", session: session),
            there = try ShowVersion.run(
                "m/1", session: project.session)
        #expect(here.version == there.version && here.decision == there.decision && here.metrics == there.metrics)
        #expect(try VerifyRecord.run(session: session) == [])
        #expect(try session.registry().auditEntries().last?.action == "registry.restore")
        #expect(
            try ListKeys.run(session: session).map(\.key.id) == ListKeys.run(session: project.session).map(\.key.id))
        let present = #expect(throws: Failure.self) { try Self.restore(directory, to: target) }
        #expect(present?.code == "backup.not-empty" && present?.hint?.contains("registry.sqlite'* ") == true)
        #expect(
            project.code { _ = try Self.restore(directory, to: target) { $0.keepsFiles = true } } == "backup.not-empty")
        // A clone: its own policy stays and is told of; the registry comes.
        let clone = place.file("clone")
        try place.write("schemaVersion: 1\nrules: [lineage]\n", to: "clone/Registry/gates/easy.yaml")
        #expect(project.code { _ = try Self.restore(directory, to: clone) } == "backup.not-empty")
        let kept = try Self.restore(directory, to: clone) { $0.keepsFiles = true }.kept
        #expect(kept == ["Registry/gates/easy.yaml"])
        #expect(try FileChunks.text("\(clone)/Registry/gates/easy.yaml").contains("rules: [lineage]"))
        #expect(try Session(Caller(actor: "ann@new", directory: clone)).registry().versions().count == 2)
    }

    @Test("eight who write do not disturb a backup, and what it holds is one moment of the registry")
    func besideWriters() async throws {
        let (project, directory) = try Self.project()
        let outcomes = try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                let session = try project.session(actor: "writer-\(writer)@desk")
                group.addTask {
                    for step in 0..<25 {
                        try session.registry().audit(
                            action: "test.write", subject: .tool("test"), detail: .map(["step": .int(step)]))
                    }
                }
            }
            var made: [CreateBackup.Outcome] = []
            for _ in 0..<3 { made.append(try CreateBackup.run(directory, key: nil, session: project.session)) }
            try await group.waitForAll()
            return made
        }
        #expect(outcomes.map(\.manifest.number) == [2, 3, 4])
        #expect(try Self.verify(directory) == [])
        for number in 1...4 {
            let drill = try DrillBackup.run(directory, number: number, caller: Caller(actor: "ann@new"))
            #expect(drill.isFine && drill.steps.count == 4, "\(drill.steps)")
        }
    }

    @Test("a drill says what would not come back")
    func drill() throws {
        let (project, directory) = try Self.project()
        let version = try project.session.registry().version("m/2")
        try Paths.remove(project.session.artefacts.path(version.weights))
        // The first backup still has it.
        #expect(try CreateBackup.run(directory, key: nil, session: project.session).manifest.missing == [])
        let other = project.file("others")
        let made = try CreateBackup.run(other, key: nil, session: project.session)
        #expect(made.manifest.missing == [version.weights])
        #expect(try Self.verify(other).contains { $0.contains(String(version.weights.prefix(16))) })
        let drill = try DrillBackup.run(other, caller: Caller(actor: "ann@new"))
        #expect(!drill.isFine && drill.steps.contains { !$0.problems.isEmpty })
    }

    @Test("a manifest that leads out of the workspace is refused, and so is one below a file of its own")
    func hostileManifests() throws {
        let (project, directory) = try Self.project()
        _ = try CreateBackup.run(directory, key: nil, session: project.session)
        let name = try #require(try Paths.entries("\(directory)/manifests").last)
        let text = try FileChunks.text("\(directory)/manifests/\(name)")
        try Paths.remove("\(directory)/manifests/\(name)")
        for path in [
            "../evil", "/etc/evil", "Registry/../../evil", ".git/hooks/post-checkout", "Registry/.git/config", "evil",
            "Registry/registry.sqlite/evil", "Registry//evil", "Registry/cards/m.yaml/x", ".dvc/config",
        ] {
            let forged = text.replacing(
                "Registry/cards/m.yaml", with: path.replacing("cards/m.yaml", with: "gates/easy.yaml"))
            #expect(forged != text)
            let file = "\(directory)/manifests/000002-\(Digest.sha256(forged)).json"
            try AtomicFile.write(forged, to: file)
            let code = project.code { _ = try Self.restore(directory, to: directory + "-evil") }
            #expect(code == "backup.manifest", "\(path): \(code ?? "accepted")")
            try Paths.remove(file)
        }
    }

    @Test("a restored workspace works with what was restored, whatever registry its settings named")
    func restoresBesideProduction() throws {
        let (project, _) = try Self.project()
        let place = try TemporaryDirectory(), live = place.file("srv/registry.sqlite")
        try Paths.makeDirectory(place.file("srv"))
        try project.session.registry().backup(to: live)
        try FileManager.default.copyItem(
            atPath: project.file("Registry/artefacts"), toPath: place.file("srv/artefacts"))
        try project.write(
            "schemaVersion: 1\nregistry: \(live)  # of all\naliases: [paper]\n", to: "Registry/hftml.yaml")
        let production = try project.session(actor: "ann@desk"), backups = place.file("backups")
        #expect(production.registryPath == live)
        _ = try CreateBackup.run(backups, key: nil, session: production)
        let entries = try production.registry().auditEntries().count
        // One that lies where this one goes when it is restored is told as what it is.
        let told = try CreateBackup.run(backups, key: nil, session: production)
        #expect(told.skipped == [] && told.strays.contains("Registry/registry.sqlite") && told.registryPath == live)
        // A clone has settings of its own, perhaps written otherwise.
        try place.write("{schemaVersion: 1, registry: \(live), aliases: [paper]}\n", to: "clone/Registry/hftml.yaml")
        for (name, keeps) in [("new", false), ("clone", true)] {
            let outcome = try Self.restore(backups, to: place.file(name)) { $0.keepsFiles = keeps }
            #expect(outcome.changed.count == 1 && outcome.changed[0].contains("named the registry '\(live)'"))
            #expect(outcome.problems == [])
            let session = try Session(Caller(actor: "eve@new", directory: place.file(name)))
            #expect(session.registryPath == place.file("\(name)/Registry/registry.sqlite"))
            #expect(session.aliasOrder == ["paper"])
            #expect(try session.registry().versions().count == 2)
            try session.registry().audit(action: "test.rehearsal", subject: .tool("test"))
        }
        #expect(try FileChunks.text(place.file("new/Registry/hftml.yaml")).contains("before: registry: \(live)  # of"))
        #expect(try production.registry().auditEntries().count == entries, "nothing came into production's record")
        // A link in a clone leads there as well.
        try Paths.makeDirectory(place.file("linked"))
        try FileManager.default.createSymbolicLink(
            atPath: place.file("linked/Registry"), withDestinationPath: place.file("elsewhere"))
        try Paths.makeDirectory(place.file("elsewhere"))
        #expect(
            project.code { _ = try Self.restore(backups, to: place.file("linked")) { $0.keepsFiles = true } }
                == "backup.not-empty")
    }

    @Test("a trusted key that a commit brought into a record born elsewhere holds up no restore, and counts nowhere")
    func keyOfAnotherLog() throws {
        let project = try TestProject(.empty), place = try TemporaryDirectory(), backups = place.file("backups")
        try project.trust("backup")
        // As in a job: the clone has the file, and the record begins here.
        let job = try project.session(registry: project.file("Registry/ci.sqlite"), actor: "ci")
        try job.registry().audit(action: "test.begin", subject: .tool("test"))
        #expect(try !VerifyRecord.run(session: job).contains { $0.contains("out of order") })
        _ = try CreateBackup.run(backups, key: "backup", session: job)
        let key = try PublicKey.read(project.file("Registry/keys/backup.pub.json")), target = place.file("new")
        let outcome = try Self.restore(backups, to: target) { $0.keys = [key] }
        #expect(outcome.problems == [])
        let told = try #require(outcome.unknownKeys.first)
        #expect(told.contains("hftml keys trust Registry/trusted/backup.pub.json --role "), "\(told)")
        #expect(!told.contains("revoked"), "nobody took it back: \(told)")
        let restored = try Session(
            Caller(
                actor: "ben", environment: ["HFTML_REGISTRY": "\(target)/Registry/ci.sqlite"], directory: target))
        #expect(try VerifyRecord.run(session: restored) == [])
        #expect(try ListKeys.run(session: restored).contains { $0.place == told }, "it counts for nothing here")
        // What a hand writes afterwards is still a hand's work.
        let zoe = SigningKey(generating: "zoe").publicKey
        try AtomicFile.write(zoe.json.text(.pretty), to: "\(target)/Registry/trusted/zoe.pub.json")
        #expect(try VerifyRecord.run(session: restored).contains { $0.contains("'zoe'") && $0.contains("by hand") })
    }

    @Test("a number that a fetched directory has not, and an empty directory, say where to find one")
    func missingNumber() throws {
        let (project, directory) = try Self.project()
        func hint(_ directory: String, _ number: Int?) -> String? {
            do {
                _ = try Self.restore(directory, to: directory + "-x") { $0.number = number }
                return nil
            } catch { return (error as? any UserFacingError)?.hint }
        }
        #expect(hint(directory, 7)?.contains("here is backup 1; a fetched directory has the newest alone") == true)
        #expect(hint(project.file("nothing"), nil)?.contains("hftml backup fetch ADDRESS ") == true)
    }
}
