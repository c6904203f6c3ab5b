import Basics
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// A version on its way from one registry to another.
@Suite struct CarryVersionTests {
    /// A gated, approved `m/1` in an archive signed by `release`.
    private static func archive() throws -> (project: TestProject, file: String) {
        let project = try TestProject(), file = project.file("m1.tar")
        for name in ["release", "ann"] { try project.trust(name) }
        try project.gate()
        let draft = try SignStatement.draft(
            .approval, "m/1", policy: "easy", signer: "ann", reason: "looked at it", session: project.session)
        _ = try SignStatement.sign(draft, key: "ann", session: project.session)
        let summary = try CarryVersion.export("m/1", to: file, key: "release", session: project.session)
        #expect(summary.reference == "m/1" && summary.signer == "release" && summary.objects == 2)
        return (project, file)
    }

    /// Another project that trusts the signer of the archive.
    private static func receiver(of source: TestProject, trusting names: [String] = ["release"]) throws -> TestProject {
        let project = try TestProject(.empty)
        for name in names {
            _ = try ManageKeys.trust(
                source.file("Registry/keys/\(name).pub.json"), roles: ["risk"], session: project.session)
        }
        if !names.isEmpty { try project.commitTrust() }
        return project
    }

    @Test("a version arrives with its evidence: verdict, statement, lineage, measures and weights")
    func carries() throws {
        let (source, file) = try Self.archive(), target = try Self.receiver(of: source)
        let summary = try CarryVersion.import(file, session: target.session)
        #expect(summary.isNew && summary.reference == "m/1")
        #expect(summary.uncounted.count == 1, "ann is not trusted here")
        let (here, there) = (
            try ShowVersion.run("m/1", session: target.session), try ShowVersion.run("m/1", session: source.session)
        )
        #expect(here.version == there.version && here.metrics == there.metrics && here.decision == there.decision)
        #expect(here.statements == there.statements)
        let graph = try target.session.registry().lineage(of: "version:m/1")
        let original = try source.session.registry().lineage(of: "version:m/1")
        #expect(graph.digest == original.digest && graph.edges == original.edges)
        #expect(Set(graph.nodes) == Set(original.nodes))
        #expect(graph.nodes.first { $0.kind == .qualityReport }?.verdict == .passed)
        #expect(try VerifyRecord.run(session: target.session) == [])
        let again = try CarryVersion.import(file, session: target.session)
        #expect(!again.isNew)
        _ = try ManageKeys.trust(
            source.file("Registry/keys/ann.pub.json"), roles: ["risk"], session: target.session)
        try target.commitTrust()
        #expect(try CarryVersion.import(file, session: target.session).uncounted.isEmpty)
    }

    @Test("an archive brings evidence and no authority: no key, no role, no alias")
    func bringsNoAuthority() throws {
        let project = try TestProject(), file = project.file("m1.tar")
        for name in ["release", "ann"] { try project.trust(name) }
        try project.gate()
        _ = try MoveAlias.run("challenger", to: "m/1", session: project.session)
        _ = try CarryVersion.export("m/1", to: file, key: "release", session: project.session)
        let target = try Self.receiver(of: project), before = try ListKeys.run(session: target.session).map(\.key.id)
        #expect(try CarryVersion.import(file, session: target.session).isNew)
        #expect(try ListKeys.run(session: target.session).map(\.key.id) == before && before.count == 1)
        #expect(try target.session.registry().aliasState("challenger", model: "m") == .unset)
        #expect(try ShowVersion.run("m/1", session: target.session).decision != nil, "the verdict is evidence")
    }

    @Test("the count of trials comes with a version, once, and goes on from there")
    func trials() throws {
        let (source, file) = try Self.archive(), target = try Self.receiver(of: source)
        _ = try CarryVersion.import(file, session: target.session)
        _ = try CarryVersion.import(file, session: target.session)
        func count(_ project: TestProject) throws -> TrialCount {
            let registry = try project.session.registry()
            return try registry.trialCount(beside: try registry.run(try registry.version("m/1").run))
        }
        let there = try count(source), here = try count(target)
        // m/2 was trained on the same data, and stayed behind.
        #expect(there.trainings == 2 && there.carried == 0)
        #expect(here.trainings == 2 && here.carried == 1 && here.strategies == there.strategies)
        #expect(here.summary.contains("1 of them carried here from another registry"))
        let registries = [try source.session.registry(), try target.session.registry()]
        let sharpes = try registries.map { registry in
            try registry.metricOfTrials(
                beside: try registry.run(try registry.version("m/1").run), metric: "test.sharpe_daily")
        }
        #expect(sharpes[0].count == 2 && sharpes[0].sorted() == sharpes[1].sorted())
        // A training here on a table of the same samples counts them too.
        let registry = try target.session.registry()
        var run = try registry.run(try registry.version("m/1").run)
        (run.id, run.experiment, run.dataDigest) = (RunRecord.newID(), "elsewhere", "sha256:again")
        let data = try #require(try source.session.registry().run(try registries[0].version("m/1").run).dataDigest)
        #expect(try registry.hasGround(of: data))
        try registry.record(
            DataGround(
                source: "", stretches: [.init(instrument: "SIM01", first: 0, last: 4_000_000_000_000_000_000)],
                marks: []
            ), of: "sha256:again")
        try registry.start(run, parameters: [])
        #expect(try registry.trialCount(beside: run).trainings == 3)
    }

    @Test("an archive that nobody trusted signed, or that holds other bytes, changes nothing")
    func tampered() throws {
        let (source, file) = try Self.archive()
        let stranger = try TestProject(.empty)
        #expect(
            stranger.code { _ = try CarryVersion.import(file, session: stranger.session) } == "statement.untrusted")
        let target = try Self.receiver(of: source)
        func unpacked(_ script: String) throws -> String {
            let result = try RunProgram.run(
                "/bin/sh",
                [
                    "-c",
                    "rm -rf x && mkdir x && cd x && tar xf '\(file)' && chmod -R u+w . && \(script) "
                        + "&& tar cf ../altered.tar envelope.json objects records.json",
                ], in: target.root)
            #expect(result.status == 0, "\(result.errors)")
            return target.file("altered.tar")
        }
        for (script, code) in [
            ("sed -i 's/\"seed\"/\"seed\" /' records.json", "import.altered"),
            ("for f in objects/*; do echo x >> $f; done", "import.altered"),
            ("echo evil > objects/\(String(repeating: "0", count: 64))", "import.files"),
            ("ln -s /etc/hostname objects/\(String(repeating: "1", count: 64))", "import.files"),
        ] {
            let altered = try unpacked(script)
            #expect(target.code { _ = try CarryVersion.import(altered, session: target.session) } == code, "\(script)")
        }
        #expect(try ListVersions.run(session: target.session).isEmpty)
        #expect(target.code { _ = try CarryVersion.import("none.tar", session: target.session) } != nil)
    }

    @Test("a version of that name and number with other weights is in the way; a file is never overwritten")
    func taken() throws {
        let (source, file) = try Self.archive()
        let target = try TestProject()
        _ = try ManageKeys.trust(
            source.file("Registry/keys/release.pub.json"), roles: ["risk"], session: target.session)
        try target.commitTrust()
        _ = try RegisterModel.run(target.model(2), name: "n", output: nil, session: target.session)
        // The projects are copies, so the version of the archive is here already.
        #expect(try !CarryVersion.import(file, session: target.session).isNew)
        #expect(
            source.code { _ = try CarryVersion.export("m/1", to: file, key: "release", session: source.session) }
                == "export.exists")
    }
}
