import Basics
import Deployment
import Foundation
import ModelBundles
import Promotion
import Registry
import Testing
import Workflows

/// An environment with a further host, in a directory of its own.
@Suite struct SecondHostTests {
    /// A host that has pinned the root keys, as `hftml-runtime init` makes it.
    static func host(_ project: TestProject, key: SigningKey, at place: String = "Registry/hosts/Second")
        throws -> DeploymentDirectory
    {
        try project.write(#"{"schemaVersion": 1, "name": "paper"}"#, to: "\(place)/runtime.json")
        try project.write(try project.read("Registry/environments/paper/root.json"), to: "\(place)/root.json")
        let host = try DeploymentDirectory(project.file(place))
        try key.write(to: host.hostKey)
        return host
    }

    @Test("documents are brought to a further host, which trades on its own; the first host's alias stays where it is")
    func secondHost() throws {
        let project = try TestProject(), runtime = FakeRuntime(), key = SigningKey(generating: "paper-host-2")
        try project.promote("m/1", runtime)
        let host = try Self.host(project, key: key), registry = try project.session.registry()
        func request() throws -> PromoteModel.Request {
            var request = try project.request("m/2")
            request.environment = host.directory
            return request
        }
        func deliver() throws -> DeliverDocuments.Outcome {
            try DeliverDocuments.run("paper", to: host.directory, session: project.session)
        }
        let missing = #expect(throws: Failure.self) {
            try PromoteModel.run(try request(), runtime: runtime.port, session: project.session)
        }
        #expect(missing?.hint?.contains("hftml environments deliver paper --to ") == true, "\(missing as Any)")
        let first = try deliver()
        #expect(first.counter == 1 && first.added == 1 && first.unnamedKey?.name == "paper-host-2")
        #expect(try deliver().added == 0)
        try project.judge("m/2")
        // A verdict against what the first host runs is none against what this one runs; the hint leads here.
        let other = #expect(throws: Failure.self) {
            try PromoteModel.run(try request(), runtime: runtime.port, session: project.session)
        }
        #expect(other?.code == "promote.other-incumbent", "\(other as Any)")
        #expect(other?.hint?.contains("--for \(host.directory) ") == true, "\(other?.hint ?? "")")
        func judge() throws {
            _ = try GateModel.run(
                "m/2", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
                environment: host.directory, key: "paper-gate", session: project.session)
        }
        try judge()
        // Its key is in no document: nothing is signed that it could not answer.
        let unnamed = #expect(throws: Failure.self) {
            try PromoteModel.run(try request(), runtime: runtime.port, session: project.session)
        }
        #expect(unnamed?.code == "promote.host-key" && unnamed?.message.contains("paper-host-2") == true)
        #expect(try registry.promotionsUnderWay().isEmpty)
        try project.write(key.publicKey.json.text(.pretty), to: "Registry/keys/paper-host-2.pub.json")
        try project.amend {
            $0.replacing(
                "  - {key: paper-host, ", with: "  - {key: paper-host-2, roles: [host]}\n  - {key: paper-host, ")
        }
        let second = try deliver()
        #expect(second.counter == 2 && second.added == 1 && second.unnamedKey == nil)
        try judge()
        let outcome = try PromoteModel.run(try request(), runtime: runtime.port, session: project.session)
        #expect(outcome.alias == "paper-second" && outcome.receipt.counter == 1)
        #expect(try registry.aliasState("paper-second", model: "m") == .version(2))
        #expect(try registry.aliasState("paper", model: "m") == .version(1))
        #expect(!first.wasNamed && !second.wasNamed)
        // Taken out again, it is not one that is yet to be named.
        try project.amend { $0.replacing("  - {key: paper-host-2, roles: [host]}\n", with: "") }
        let third = try deliver()
        #expect(third.unnamedKey?.name == "paper-host-2" && third.wasNamed)
    }

    @Test("two hosts whose directories end in the same name do not take each other's alias in silence")
    func sameName() throws {
        let project = try TestProject(), runtime = FakeRuntime(), registry = try project.session.registry()
        let keys = ["paper-host-2", "paper-host-3"].map { SigningKey(generating: $0) }
        try project.environment()
        for key in keys {
            try project.write(
                key.publicKey.json.text(.pretty), to: "Registry/keys/\(key.publicKey.name).pub.json")
        }
        try project.amend {
            $0.replacing(
                "  - {key: paper-host, ",
                with: "  - {key: paper-host-2, roles: [host]}\n  - {key: paper-host-3, roles: [host]}\n"
                    + "  - {key: paper-host, ")
        }
        let hosts = try zip(["Registry/hosts/Second", "Registry/others/second"], keys).map {
            try Self.host(project, key: $1, at: $0)
        }
        for host in hosts { _ = try DeliverDocuments.run("paper", to: host.directory, session: project.session) }
        func promote(_ reference: String, _ host: DeploymentDirectory, alias: String? = nil) throws -> String {
            _ = try GateModel.run(
                reference, policy: nil, strategy: project.strategy, features: project.features, against: nil,
                threads: 1, environment: host.directory, key: "paper-gate", session: project.session)
            var request = try project.request(reference)
            (request.environment, request.alias) = (host.directory, alias)
            return try PromoteModel.run(request, runtime: runtime.port, session: project.session).alias
        }
        #expect(try promote("m/1", hosts[0]) == "paper-second")
        let refused = #expect(throws: Failure.self) { try promote("m/2", hosts[1]) }
        #expect(refused?.code == "promote.alias" && refused?.message.contains("/hosts/Second' (m/1)") == true)
        #expect(refused?.hint?.contains("--alias paper-second-2") == true)
        #expect(
            try registry.promotionsUnderWay().isEmpty && registry.aliasState("paper-second", model: "m") == .version(1))
        #expect(try promote("m/2", hosts[1], alias: "paper-second-2") == "paper-second-2")
        // Whoever had it keeps it, and is asked for nothing.
        #expect(try promote("m/2", hosts[0]) == "paper-second")
        #expect(try registry.aliasState("paper-second-2", model: "m") == .version(2))
    }

    @Test("a clone that is behind brings no older document over a newer one; a damaged host key is told of")
    func staleClone() throws {
        let project = try TestProject(), key = SigningKey(generating: "paper-host-2")
        try project.environment()
        try project.write(key.publicKey.json.text(.pretty), to: "Registry/keys/paper-host-2.pub.json")
        try project.amend {
            $0.replacing(
                "  - {key: paper-host, ", with: "  - {key: paper-host-2, roles: [host]}\n  - {key: paper-host, ")
        }
        let host = try Self.host(project, key: key)
        func deliver() throws -> DeliverDocuments.Outcome {
            try DeliverDocuments.run("paper", to: host.directory, session: project.session)
        }
        #expect(try deliver().counter == 2)
        // A clone that is behind.
        let newest = "\(project.environment)/authority.json", text = try FileChunks.text(newest)
        let kept = "\(project.environment)/authority/2.json", there = try FileChunks.text(host.authorityFile)
        try AtomicFile.write(try FileChunks.text("\(project.environment)/authority/1.json"), to: newest)
        try Paths.remove(kept)
        #expect(project.code { _ = try deliver() } == "authority.older")
        #expect(try FileChunks.text(host.authorityFile) == there)
        for path in [newest, kept] { try AtomicFile.write(text, to: path) }
        // A key that is damaged is told of, and not taken for one that is named.
        try AtomicFile.write("{}", to: host.hostKey)
        #expect(project.code { _ = try deliver() } != nil)
    }

    @Test("documents are brought to no directory that has pinned nothing, or other root keys")
    func foreignHosts() throws {
        let project = try TestProject(.empty)
        try project.environment()
        func code() -> String? {
            project.code {
                _ = try DeliverDocuments.run(
                    "paper", to: project.file("Registry/hosts/Second"), session: project.session)
            }
        }
        #expect(code() == "runtime.no-root")
        let host = try Self.host(project, key: SigningKey(generating: "h"))
        #expect(code() == nil)
        let stranger = RootPin(
            environment: "paper", root: try RootKeys(threshold: 1, keys: [SigningKey(generating: "r").publicKey]))
        try AtomicFile.write(stranger.json.text(.pretty), to: host.rootFile)
        #expect(code() == "authority.signatures")
        try AtomicFile.write(#"{"schemaVersion": 1, "name": "live"}"#, to: "\(host.directory)/runtime.json")
        #expect(code() == "runtime.other-environment")
    }

    @Test("where the host could sign no receipt nothing is signed: no key, or one that the document does not name")
    func hostKey() throws {
        let project = try TestProject(), runtime = FakeRuntime(.silence)
        try project.judge()
        var request = try project.request()
        let path = project.environment + "/host.key.json", registry = try project.session.registry()
        func code() -> String? {
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session) }
        }
        try Paths.remove(path)
        #expect(code() == "promote.host-key")
        try SigningKey(generating: "other").write(to: path)
        #expect(code() == "promote.host-key")
        #expect(try registry.promotionsUnderWay().isEmpty && project.actions("prom").isEmpty)
        // Where its runtime works elsewhere, its key is its own business.
        request.isActivating = false
        #expect(code() == "promote.no-receipt")
    }
}
