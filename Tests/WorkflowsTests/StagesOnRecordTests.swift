import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// Outputs that came by lock and cache from another registry.
@Suite struct StagesOnRecordTests {
    /// By a path, since stages find the very program that runs them first.
    private static let train = "{run: ../bin/hftml train m.yaml -o out/m, deps: [m.yaml], outs: [out/m]}"

    /// A pipeline that trains and registers, by a program that writes what ours writes, of `m/1` and its run.
    private func project() throws -> TestProject {
        let project = try TestProject(), version = try project.session.registry().version("m/1")
        try project.write(
            """
            #!/bin/sh
            echo "$@" >> \(project.file("ran"))
            if [ "$1" = train ]; then
                mkdir -p out/m
                echo '{"run": "\(version.run)"}' > out/m/run.json
                exit
            fi
            if [ "$1" = features ]; then
                mkdir -p out
                cp spec.yaml out/f.safetensors
                echo picture > out/plot.html
                exit
            fi
            cat > out/version.json <<END
            {"schemaVersion": 1, "model": "m", "version": 1, "run": "\(version.run)", "weights": "\(version.weights)"}
            END

            """, to: "bin/hftml")
        chmod(project.file("bin/hftml"), 0o755)
        try project.write("seed: 1\n", to: "p/m.yaml")
        try project.write(
            """
            schemaVersion: 1
            stages:
              train: \(Self.train)
              register:
                run: ../bin/hftml models register out/m --name m -o out/version.json
                deps: [out/m]
                outs: [out/version.json]

            """, to: "p/pipeline.yaml")
        return project
    }

    private func run(_ project: TestProject, registry: String? = nil, isDryRun: Bool = false) throws
        -> ReproducePipelines.Reproduced
    {
        var environment = ["PATH": "/usr/bin:/bin"]
        environment["HFTML_REGISTRY"] = registry
        var request = ReproducePipelines.Request(
            [.init(typed: "p", path: project.file("p"))], environment: environment)
        request.isDryRun = isDryRun
        let outcome = try ReproducePipelines.run(request) { _ in }
        #expect(outcome.failure == nil)
        return try #require(outcome.pipelines.first)
    }

    @Test("what lock and cache bring from another registry is made again where this one does not have it")
    func otherRegistry() throws {
        let project = try project()
        #expect(try run(project).ran.map(\.stage) == ["train", "register"])
        #expect(try run(project).current == ["train", "register"], "its own registry has both")
        // A clone: the lock and the cache are here, the outputs are not.
        try Paths.remove(project.file("p/out"))
        #expect(try run(project).restored == ["train", "register"])
        let other = project.file("ci/registry.sqlite")
        let planned = try run(project, registry: other, isDryRun: true).planned
        #expect(planned.first?.reasons.first?.hasSuffix(" is not in this registry") == true, "\(planned)")
        #expect(!Paths.exists(other), "looking makes no registry")
        #expect(try run(project, registry: other).ran.map(\.stage) == ["train", "register"])
        try Paths.remove(project.file("p/out"))
        #expect(
            try run(project, registry: other).ran.map(\.stage) == ["train", "register"], "restored is not on record")
    }

    @Test("features that came from elsewhere are computed again where the record does not say from what")
    func features() throws {
        let project = try project()
        try project.write("rows\n", to: "p/spec.yaml")
        try project.write(
            """
            schemaVersion: 1
            stages:
              features:
                run: ../bin/hftml features spec.yaml
                deps: [spec.yaml]
                outs: [out/f.safetensors, out/plot.html]
              train:
                run: ../bin/hftml train m.yaml -o out/m
                deps: [m.yaml, out/f.safetensors]
                outs: [out/m]
              register:
                run: ../bin/hftml models register out/m --name m -o out/version.json
                deps: [out/m]
                outs: [out/version.json]

            """, to: "p/pipeline.yaml")
        let table = project.file("p/out/f.safetensors"), registry = try project.session.registry()
        #expect(try self.run(project).ran.map(\.stage) == ["features", "train", "register"])
        let made = LineageNode.features(try Digest.sha256(file: table), path: "p/out/f.safetensors")
        // Ours has the version and its run; what the table was made of, it does not say.
        try Paths.remove(project.file("p/out"))
        let planned = try self.run(project, isDryRun: true).planned
        #expect(planned.first?.isRestored == true, "what lies in no place yet is looked at once it is here")
        let found = try self.run(project)
        #expect(found.ran.map(\.stage) == ["features"] && found.restored == ["train", "register"])
        let spec = LineageNode(.featureSpec, id: "sha256:" + String(repeating: "5", count: 64), label: "spec")
        try registry.link([spec], to: made)
        try Paths.remove(project.file("p/out"))
        #expect(try self.run(project).restored == ["features", "train", "register"])
        #expect(try self.run(project).current == ["features", "train", "register"])
    }

    @Test("a run that nothing registers is not missed: a clone that looks at results trains nothing anew")
    func unregistered() throws {
        let project = try project()
        try project.write(
            "schemaVersion: 1\nstages:\n  train: \(Self.train)\n", to: "p/pipeline.yaml")
        #expect(try run(project).ran.map(\.stage) == ["train"])
        try Paths.remove(project.file("p/out"))
        #expect(try run(project, registry: project.file("ci/registry.sqlite")).restored == ["train"])
    }

    @Test("a file of a version that is of another registry is told as such, and names no version of the same number")
    func otherVersion() throws {
        let project = try TestProject(), session = project.session
        func failure(_ text: String) throws -> Failure? {
            try project.write(text, to: "version.json")
            do { _ = try RegisterModel.version("version.json", session: session) } catch { return error as? Failure }
            return nil
        }
        let weights = try session.registry().version("m/1").weights
        func text(_ model: String, _ weights: String) -> String {
            "{\"model\": \"\(model)\", \"version\": 1, \"weights\": \"\(weights)\"}"
        }
        #expect(try failure(text("m", weights)) == nil)
        for text in [text("m", String(weights.reversed())), text("banks", weights)] {
            let found = try failure(text)
            #expect(found?.code == "registry.no-version" && found?.hint?.contains("hftml repro") == true, "\(text)")
        }
    }

    @Test(
        "a registry that Git tracks, or a log beside it, is not opened for a look: what it may have is made again",
        arguments: ["", "-wal"])
    func tracked(end: String) throws {
        let project = try project(), stages = ["train", "register"]
        let registry = project.file("ci/registry.sqlite"), file = "ci/registry.sqlite\(end)"
        func git(_ arguments: String...) throws {
            let result = try RunProgram.run("/usr/bin/git", arguments, in: project.root)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
        try Paths.makeDirectory(project.file("ci"))
        try project.session.registry().backup(to: registry)
        #expect(try run(project, registry: registry).ran.map(\.stage) == stages)
        #expect(try run(project, registry: registry).current == stages)
        if !end.isEmpty { try project.write("what somebody pushed", to: file) }
        try git("add", "-f", file)
        #expect(try run(project, registry: registry).ran.map(\.stage) == stages)
        if !end.isEmpty {
            #expect(try project.read(file) == "what somebody pushed", "SQLite took nothing of it")
            try Paths.remove(project.file(file))
        }
        try git("rm", "-q", "-f", "--cached", file)
        #expect(try run(project, registry: registry).current == stages)
    }
}
