import Basics
import Features
import Foundation
import Registry
import Tensors
import Testing
import Workflows

/// Looking at the same market again is another trial, in whatever file the market comes.
@Suite struct TrialGroundTests {
    private let project: TestProject

    init() throws { project = try TestProject() }

    /// Trainings that count beside a first run on a table, of an experiment of its own.
    private func trainings(on table: String) throws -> Int {
        let registry = try project.session.registry()
        var run = try registry.run(try registry.version("m/1").run)
        (run.id, run.experiment) = (RunRecord.newID(), "look")
        run.dataDigest = "sha256:\(try Digest.sha256(file: table))"
        return try registry.trialCount(beside: run).trainings
    }

    private func build(_ data: String, _ name: String) throws -> String {
        let output = project.file("out/\(name).safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("features.yaml"), data: data, market: project.file("market.yaml"), quality: nil,
            output: output, threads: 1, session: project.session)
        return output
    }

    private func train(_ features: String) throws {
        var request = TrainModel.Request(
            config: project.recipe, features: features, output: project.file("out/again"))
        (request.experiment, request.threads) = ("fresh", 1)
        _ = try TrainModel.run(request, session: project.session)
    }

    @Test("features of one file out of a directory, in another place, are what was looked at")
    func oneFile() throws {
        let directory = project.file("Elsewhere"), names = try Paths.entries(project.market).sorted()
        try Paths.makeDirectory(directory)
        let name = try #require(names.first { $0.contains("SIM02") })
        try FileManager.default.copyItem(atPath: "\(project.market)/\(name)", toPath: "\(directory)/\(name)")
        #expect(try trainings(on: try build(directory, "one")) == 2)
    }

    @Test("the same bars in other bytes are what was looked at")
    func otherBytes() throws {
        let directory = project.file("Elsewhere")
        try Paths.makeDirectory(directory)
        for name in try Paths.entries(project.market).sorted() {
            let source = "\(project.market)/\(name)", target = "\(directory)/\(name)"
            if name.hasSuffix(".csv") {
                // A last line without its end.
                let text = try FileChunks.text(source)
                try AtomicFile.write(String(text.dropLast()), to: target)
            } else {
                try FileManager.default.copyItem(atPath: source, toPath: target)
            }
        }
        #expect(try trainings(on: try build(directory, "bytes")) == 2)
    }

    @Test("a table that another program saved is known by its source, or by its samples under other names")
    func savedAgain() throws {
        let own = try FeatureTable.read(project.features)
        var renamed = own, moved = own
        renamed.instruments = ["A", "B"]
        renamed.source = ""
        moved.instruments = ["A", "B"]
        moved.time = Column((0..<own.rowCount).map { own.time[$0] + 400_000_000_000_000_000 })
        moved.labelEnd = Column(
            (0..<own.rowCount).map { own.end(ofLabelAt: $0) }.map {
                $0 == FeatureTable.neverEnds ? $0 : $0 + 400_000_000_000_000_000
            })
        moved.knownTime = Column((0..<own.rowCount).map { own.known($0) + 400_000_000_000_000_000 })
        moved.labelKnownTime = Column(
            (0..<own.rowCount).map { own.known(labelAt: $0) }.map {
                $0 == FeatureTable.neverEnds ? $0 : $0 + 400_000_000_000_000_000
            })
        var stranger = moved
        stranger.source = "others"
        for (index, table) in [renamed, moved, stranger].enumerated() {
            let path = project.file("out/saved-\(index).safetensors")
            try table.write(to: path)
            try train(path)
            // The training just made, with m/1 and m/2 where the ground is theirs, or with the one on the moved table.
            #expect(try trainings(on: path) == [3, 3, 2][index], "table \(index)")
        }
    }
}
