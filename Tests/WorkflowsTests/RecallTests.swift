import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// Which features, runs, versions and deployments read a file.
@Suite("Recall of data")
struct RecallTests {
    private func recall(_ references: String..., in project: TestProject) throws -> Recall {
        guard case .recall(let recall) = try TraceLineage.downstream(references, session: project.session) else {
            throw Failure("test.recall", "found a graph, expected a recall")
        }
        return recall
    }

    private func versions(_ content: Recall.Content) -> [String] { content.uses.versions.map(\.reference) }

    private func commit(_ project: TestProject, _ message: String) throws -> String {
        var output = ""
        for command in [
            ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", message],
            ["rev-parse", "HEAD"],
        ] {
            let result = try RunProgram.run("/usr/bin/git", command, in: project.root)
            guard result.status == 0 else { throw Failure("test.git", "git \(command): \(result.errors)") }
            output = result.output
        }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func add(_ project: TestProject) throws {
        _ = try AddData.run(
            [project.market], partitions: AddData.Partitions(each: "{symbol}_5min.csv"), in: project.session.workspace)
    }

    /// `Data/market` in partitions, read by m/1 and m/2; then one file was corrected, which m/3 read. Another run began
    /// with the weights of m/1 and learned from the corrected file.
    private func corrected() throws -> (project: TestProject, file: String, old: String, new: String, commits: [String])
    {
        let project = try TestProject(), session = project.session, file = "\(project.market)/SIM01_5min.csv"
        try add(project)
        let first = try commit(project, "as delivered"), old = try Digest.md5(file: file)
        var lines = try FileChunks.text(file).split(separator: "\n").map(String.init)
        lines.removeLast()
        try Paths.remove(file)
        try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: file)
        try add(project)
        let second = try commit(project, "corrected"), table = project.file("out/corrected.safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("features.yaml"), data: project.market, market: project.file("market.yaml"),
            quality: nil, output: table, threads: 1, session: session)
        for (number, initial) in [(3, nil), (4, "m/1")] {
            var request = TrainModel.Request(config: project.recipe, features: table, output: project.model(number))
            (request.seed, request.threads, request.name) = (number, 1, "seed \(number)")
            request.initialWeights = initial
            _ = try TrainModel.run(request, session: session)
        }
        _ = try EvaluateModel.run(
            model: project.model(3), features: table, strategy: project.strategy,
            output: "\(project.model(3))/evaluation", threads: 1, session: session)
        _ = try RegisterModel.run(project.model(3), name: "m", output: nil, session: session)
        return (project, file, old, try Digest.md5(file: file), [first, second])
    }

    @Test("of a corrected file: who read the old content and who the new one, by path, revision and digest")
    func correction() throws {
        let (project, file, old, new, commits) = try corrected()
        let found = try recall(file, in: project)
        #expect(found.isComplete && found.subjects.count == 1)
        let contents = found.subjects[0].contents
        #expect(contents.map(\.digest) == ["md5:\(new)", "md5:\(old)"])
        #expect(contents.map(\.commit) == [commits[1], commits[0]])
        #expect(contents.map(\.isPresent) == [true, false] && contents.map(\.isStanding) == [true, false])
        #expect(contents.map(versions) == [["m/3"], ["m/1", "m/2"]])
        #expect(contents.map { $0.readings.map(\.names) } == [[["SIM01_5min.csv"]], [["SIM01_5min.csv"]]])
        let labels = contents.map { Set($0.uses.nodes(.run).map { String($0.label.prefix(6)) }) }
        #expect(labels == [["seed 3", "seed 4"], ["seed 1", "seed 2", "seed 4"]])
        #expect(contents[1].uses.nodes(.features).map(\.label) == ["out/features.safetensors"])

        #expect(try recall(old, in: project).subjects[0].contents.map(versions) == [["m/1", "m/2"]])
        #expect(try recall("md5:\(new)", in: project).subjects[0].contents.map(versions) == [["m/3"]])
        let earlier = try recall("\(file)@HEAD~1", in: project).subjects[0]
        #expect(earlier.contents.map(\.digest) == ["md5:\(old)"] && earlier.contents.map(versions) == [["m/1", "m/2"]])
        let nobody = try recall(String(repeating: "0", count: 32), in: project)
        #expect(nobody.isComplete && !nobody.subjects[0].isRead)

        // Neither the workspace nor the objects of the cache are needed.
        try Paths.remove(project.market)
        try Paths.remove(project.file(".dvc/cache/files"))
        let gone = try recall(file, in: project).subjects[0].contents
        #expect(gone.map(versions) == [["m/3"], ["m/1", "m/2"]] && gone.map(\.isStanding) == [false, false])
    }

    @Test("a file that was not corrected was read by all; of the directory each version by its own")
    func others() throws {
        let (project, file, _, _, _) = try corrected()
        let both = try recall("\(project.market)/SIM02_5min.csv", project.market, in: project)
        #expect(both.subjects.map(\.path) == ["Data/market/SIM02_5min.csv", "Data/market"])
        #expect(both.subjects[0].contents.map(versions) == [["m/1", "m/2", "m/3"]])
        #expect(both.subjects[1].contents.map(versions) == [["m/3"], ["m/1", "m/2"]])
        #expect(both.subjects[1].sharing == nil && both.isComplete)
        // A pointer and a directory above stand for the data.
        for reference in ["Data/market.dvc", "Data"] {
            #expect(try recall(project.file(reference), in: project).subjects.map(\.path) == ["Data/market"])
        }
        // The graph of what stands in the workspace is the one it always was.
        let graph = try TraceLineage.graph([project.market], downstream: true, session: project.session)
        let before = try TraceLineage.run(project.market, downstream: true, session: project.session)
        #expect(graph.digest == before.digest && graph.root == before.root)

        let unknown = try #require(throws: Failure.self) {
            _ = try recall("\(project.market)/SIM0_5min.csv", in: project)
        }
        #expect(unknown.code == "lineage.unknown" && unknown.exitStatus == .usage)
        #expect(unknown.hint?.contains("Data/market/SIM01_5min.csv") == true, "\(unknown.hint ?? "")")
        #expect(project.code { _ = try recall(file, "m/1", in: project) } == "usage.lineage")
        #expect(
            project.code { _ = try TraceLineage.graph([file, file], downstream: false, session: project.session) }
                == "usage.lineage")
        #expect(project.code { _ = try recall("\(file)@as-of:2024-03-01", in: project) } == "usage.lineage")
        #expect(project.code { _ = try recall("\(file)x@HEAD", in: project) } == "lineage.unknown")
    }

    @Test("a file of a directory outside version control is found too, and where its model is in force")
    func deployments() throws {
        let project = try TestProject()
        try project.promote("m/1", FakeRuntime())
        let found = try recall("\(project.market)/SIM01_5min.csv", in: project)
        let content = try #require(found.subjects[0].contents.first)
        #expect(found.isComplete && found.subjects[0].contents.count == 1 && content.commit == nil)
        #expect(versions(content) == ["m/1", "m/2"] && content.isStanding)
        #expect(content.uses.deployments.map(\.receipt.environment) == ["paper"])
        #expect(content.uses.deployments.map(\.isInForce) == [true])
        #expect(content.uses.nodes(.gateDecision).count == 1 && content.uses.nodes(.bundle).count == 1)
        // A table that the project made is on record by another digest.
        #expect(try recall(project.features, in: project).subjects[0].contents.map(versions) == [["m/1", "m/2"]])
    }

    @Test("a version whose list of files is gone makes the answer incomplete, and says who read it")
    func incomplete() throws {
        let (project, file, _, new, commits) = try corrected()
        try Paths.remove(project.file(".dvc/cache"))
        let found = try recall(file, in: project)
        #expect(!found.isComplete && found.unseen.count == 1)
        #expect(found.unseen.map(\.commit) == [commits[0]] && found.unseen.map(\.path) == ["Data/market"])
        #expect(found.unseen[0].uses.versions.map(\.reference) == ["m/1", "m/2"])
        // What the workspace holds is known without a cache.
        #expect(found.subjects[0].contents.map(\.digest) == ["md5:\(new)"])
        #expect(found.subjects[0].contents.map(versions) == [["m/3"]])
        let sha256 = try recall(try Digest.sha256(file: file), in: project)
        #expect(sha256.foreign.count == 1 && !sha256.isComplete)
    }

    @Test("what stages of pipelines made of a file leads on, in the state that they read")
    func stages() throws {
        let project = try VersionedProject(), session = try project.session(), registry = try session.registry()
        func hash(_ text: String) -> String { Digest.md5(Array(text.utf8)) }
        func link(_ md5: String, _ path: String, to table: String) throws {
            try registry.link(
                [LineageNode(.rawData, id: "md5:\(md5)", label: path, attributes: [.path: path])],
                to: LineageNode(.features, id: "sha256:\(Digest.sha256(table))", label: table))
        }
        /// One state: `clean` reads all of `raw` and makes a file, of which `cut` makes a directory; `each` makes one
        /// file of every file of `raw`.
        func record(_ a: String) throws -> String {
            try project.write(a, to: "raw/a.csv")
            try project.write("b", to: "raw/b.csv")
            try project.write("cut \(a)", to: "cut/part.csv")
            try project.write("each \(a)", to: "each/a.csv")
            let added = try AddData.run(["raw", "cut", "each"].map { project.file($0) }, in: session.workspace)
            try project.write(
                """
                schema: '2.0'
                stages:
                  clean:
                    cmd: x
                    deps: [{path: raw, hash: md5, md5: \(added[0].md5), size: 2, nfiles: 2}]
                    outs: [{path: clean.csv, hash: md5, md5: \(hash("clean \(a)")), size: 3}]
                  cut:
                    cmd: y
                    deps: [{path: clean.csv, hash: md5, md5: \(hash("clean \(a)")), size: 3}]
                    outs: [{path: pieces, hash: md5, md5: \(added[1].md5), size: 2, nfiles: 1}]

                """, to: "dvc.lock")
            try project.write(
                "# hftml partitions\neach\traw/a.csv\t\(hash(a))\t\(hash("recipe"))\t\(hash("each \(a)"))\t.\n",
                to: "partitions.lock")
            try project.commit(a)
            try link(hash("clean \(a)"), "clean.csv", to: "of the file \(a)")
            try link(hash("cut \(a)"), "pieces/part.csv", to: "of a part \(a)")
            try link(added[2].md5, "each", to: "of partitions \(a)")
            return hash(a)
        }
        let old = try record("a1"), new = try record("a2")
        func tables(_ content: Recall.Content) -> [String] { content.uses.nodes(.features).map(\.label) }
        guard case .recall(let recall) = try TraceLineage.downstream([project.file("raw/a.csv")], session: session)
        else { throw Failure("test.recall", "found a graph, expected a recall") }
        let contents = recall.subjects[0].contents
        #expect(recall.isComplete && contents.map(\.digest) == ["md5:\(new)", "md5:\(old)"])
        #expect(tables(contents[0]) == ["of the file a2", "of a part a2", "of partitions a2"])
        #expect(tables(contents[1]) == ["of the file a1", "of a part a1", "of partitions a1"])
        #expect(!contents.flatMap(\.readings).contains { !$0.isMade })
        // No stage of any partition reads the other file, but clean reads all.
        guard case .recall(let other) = try TraceLineage.downstream([project.file("raw/b.csv")], session: session)
        else { throw Failure("test.recall", "found a graph, expected a recall") }
        #expect(
            other.subjects[0].contents.map(tables) == [
                ["of the file a1", "of a part a1", "of the file a2", "of a part a2"]
            ])
        // Of partitions whose record cannot be read nobody can tell, and that is said.
        try AtomicFile.write([0xff, 0x0a], to: project.file("partitions.lock"))
        guard case .recall(let blind) = try TraceLineage.downstream([project.file("raw/a.csv")], session: session)
        else { throw Failure("test.recall", "found a graph, expected a recall") }
        #expect(!blind.isComplete && blind.unreadable.map(\.path) == ["partitions.lock"])
    }
}
