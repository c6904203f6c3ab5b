import Basics
import DataVersioning
import Foundation
import Pipelines
import TestSupport
import Testing
import Workflows

/// A workspace that has some of the recorded files: what is made of them is a part, whoever asks for what.
@Suite("Stages on a part of the data")
struct PartitionedStageTests {
    private let project: VersionedProject
    private static let names = ["2024-02-28_A.csv", "2024-03-01_A.csv", "2024-03-01_B.csv", "2024-04-01_A.csv"]

    /// Four files, recorded, pushed and run over.
    init() throws {
        project = try VersionedProject()
        for name in Self.names { try project.write("of \(name)\n", to: "daily/\(name)") }
        try project.write(
            """
            schemaVersion: 1
            stages:
              clean:
                each: daily/{date:%Y-%m-%d}_{symbol}.csv
                run: cp ${each.path} clean/${each.date}_${each.symbol}.csv
                outs: ["clean/${each.date}_${each.symbol}.csv"]
              count: {run: ls clean | wc -l > count.txt, deps: [clean], outs: [count.txt]}
              direct: {run: ls daily | wc -l > direct.txt, deps: [daily], outs: [direct.txt]}

            """, to: "pipeline.yaml")
        let session = try project.session()
        _ = try ConfigureRemote.add(
            "store", url: project.directory.file("store"), isDefault: true, in: session.workspace)
        _ = try AddData.run(
            [project.file("daily")], partitions: AddData.Partitions(each: "{date:%Y-%m-%d}_{symbol}.csv"),
            in: session.workspace, registry: session.registry)
        let first = try repro()
        #expect(first.failure == nil && first.pipelines.first?.ran.count == 3)
        try project.commit("one")
        _ = try TransferData.push(.init(), in: try project.session().workspace)
    }

    private func repro(
        _ conditions: [String] = [], _ change: (inout ReproducePipelines.Request) -> Void = { _ in }
    ) throws -> ReproducePipelines.Outcome {
        var request = ReproducePipelines.Request(
            [.init(typed: ".", path: project.root)], environment: project.environment)
        request.conditions = conditions
        change(&request)
        return try ReproducePipelines.run(request) { _ in }
    }

    private func pull(_ conditions: [String]) throws {
        var request = TransferData.Request(targets: [project.file("daily")])
        request.conditions = conditions
        _ = try TransferData.pull(request, in: try project.session().workspace)
    }

    private func locks() throws -> [String] {
        try ["dvc.lock", "partitions.lock"].map { try project.read($0) }
    }

    /// As after a clone and `pull --where date=2024-03`.
    private func clonedInPart() throws {
        try project.emptyCache()
        for name in ["daily", "clean", "count.txt", "direct.txt"] { try project.remove(name) }
        try pull(["date=2024-03"])
        #expect(try Paths.entries(project.file("daily")) == ["2024-03-01_A.csv", "2024-03-01_B.csv"])
    }

    @Test("with a filter the partitions run, and the record of the whole stays as it was")
    func filtered() throws {
        let before = try locks()
        try clonedInPart()
        let part = try repro(["date=2024-03"])
        #expect(part.failure == nil)
        #expect(part.pipelines.first?.inPart.map(\.stage) == ["clean"])
        // The other two are recorded and right; they are not here.
        #expect(part.pipelines.first?.inPart.first?.left == 0)
        #expect(part.pipelines.first?.leftOut.sorted() == ["count", "direct"])
        #expect(try Paths.entries(project.file("clean")) == ["2024-03-01_A.csv", "2024-03-01_B.csv"])
        #expect(try locks() == before)
    }

    @Test("a stage that is run alone takes no part of what another one makes", arguments: [true, false])
    func alone(_ isRecorded: Bool) throws {
        try clonedInPart()
        if !isRecorded { for name in ["dvc.lock", "partitions.lock"] { try project.remove(name) } }
        let before = isRecorded ? try locks() : []
        _ = try repro(["date=2024-03"])
        let alone = try repro {
            $0.pipelines = [.init(typed: "count", path: project.file("count"))]
            $0.isSingle = true
        }
        let error = try #require(alone.pipelines.first?.failed.first)
        #expect(error.stage == "count" && error.message.contains("clean' "), "\(error)")
        #expect(error.hint?.contains("hftml repro 'pipeline.yaml:clean'") == true, "\(error)")
        #expect(!Paths.exists(project.file("count.txt")))
        if isRecorded { #expect(try locks() == before) }
    }

    @Test("without a filter such a run is refused, and says what brings the rest")
    func whole() throws {
        let before = try locks()
        try clonedInPart()
        let failed = try repro()
        #expect(failed.pipelines.first?.failed.map(\.stage).sorted() == ["clean", "direct"])
        let error = try #require(failed.pipelines.first?.failed.first { $0.stage == "clean" })
        #expect(error.message.contains("found 2 files of 'daily.dvc' missing in the workspace, such as"))
        #expect(error.hint?.contains("hftml pull 'daily'") == true)
        #expect(error.hint?.contains("hftml add 'daily' --revise 'REASON'") == true)
        #expect(try locks() == before)
        // A dry run says the same.
        let planned = try repro { $0.isDryRun = true }.pipelines.first?.planned.first { $0.stage == "clean" }
        #expect(planned?.reasons.contains { $0.contains("daily/2024-02-28_A.csv is not fetched yet") } == true)
        try pull([])
        let done = try repro { $0.isPulling = true }
        #expect(done.failure == nil)
        #expect(try locks() == before)
    }

    @Test("a listing that is not here is stood in for by the lines of the lock")
    func withoutListing() throws {
        try clonedInPart()
        let before = try locks()
        try project.emptyCache()
        #expect(try repro().pipelines.first?.failed.map(\.stage).sorted() == ["clean", "direct"])
        #expect(try repro(["date=2024-03"]).pipelines.first?.inPart.map(\.stage) == ["clean"])
        #expect(try locks() == before)
    }

    @Test("one stage alone takes what another made in part for a part")
    func oneStage() throws {
        try project.write(
            try project.read("pipeline.yaml").replacing(
                "  count:",
                with: """
                      sum:
                        each: clean/{date:%Y-%m-%d}_{symbol}.csv
                        run: cp ${each.path} sum/${each.date}_${each.symbol}.csv
                        outs: ["sum/${each.date}_${each.symbol}.csv"]
                      count:
                    """), to: "pipeline.yaml")
        #expect(try repro().failure == nil)
        for name in ["clean/\(Self.names[0])", "sum/\(Self.names[0])", "partitions.lock", "dvc.lock"] {
            try project.remove(name)
        }
        _ = try repro(["date>=2024-04"])
        let alone = try repro { $0.stage = "sum" }
        #expect(alone.failure?.message.contains("what stage 'clean' has still to make") == true, "\(alone)")
    }

    @Test("a file that is deleted and recorded as gone takes its output with it; deleted alone it is missing")
    func removal() throws {
        try project.remove("daily/\(Self.names[0])")
        #expect(try repro().failure?.message.contains("found 1 file of 'daily.dvc' missing") == true)
        #expect(project.exists("clean/\(Self.names[0])"))
        let session = try project.session()
        _ = try AddData.run(
            [project.file("daily")], partitions: AddData.Partitions(revise: "delivered by mistake"),
            in: session.workspace, registry: session.registry)
        // With a filter nothing is removed, so that this is a part.
        #expect(try repro(["date=2024-03"]).pipelines.first?.inPart.map(\.stage) == ["clean"])
        #expect(project.exists("clean/\(Self.names[0])"))
        let whole = try repro()
        #expect(
            whole.failure == nil && whole.pipelines.first?.ran.map(\.stage).sorted() == ["clean", "count"])
        #expect(!project.exists("clean/\(Self.names[0])"))
        #expect(try project.read("partitions.lock").split(separator: "\n").count == 4)
        #expect(try project.read("count.txt").trimmingCharacters(in: .whitespacesAndNewlines) == "3")
    }

    @Test("a forced run of some partitions does not make the others something that must run")
    func forced() throws {
        let forced = try repro(["date=2024-03"]) { $0.isForced = true }
        #expect(forced.failure == nil)
        #expect(forced.pipelines.first?.inPart.isEmpty == true)
        #expect(forced.pipelines.first?.ran.map(\.stage).contains("clean") == true)
        #expect(try repro().pipelines.first?.current.count == 3)
    }

    @Test("status says that the command of a partitioned stage changed")
    func status() throws {
        #expect(try WorkspaceStatus.run(in: try project.session().workspace).isClean)
        try project.write(
            try project.read("pipeline.yaml").replacing("run: cp", with: "run: cp -f"), to: "pipeline.yaml")
        let text = try WorkspaceStatus.run(in: try project.session().workspace).text
        #expect(text.contains("clean") && text.contains("changed command"), "\(text)")
    }
}
