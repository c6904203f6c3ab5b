import Basics
import DataVersioning
import Foundation
import Pipelines
import Testing
import Workflows

/// Several pipelines, run, planned and refused.
@Suite struct ReproducePipelinesTests {
    /// `good` copies a file and counts its bytes; `bad` fails in its first stage.
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        try project.write(
            """
            schemaVersion: 1
            stages:
              copy: {run: cp source.txt copied.txt, deps: [source.txt], outs: [copied.txt]}
              count: {run: "wc -c < copied.txt > ${name}", deps: [copied.txt], outs: ["${name}"]}

            """, to: "good/pipeline.yaml")
        try project.write("name: count.txt\n", to: "good/params.yaml")
        try project.write("four", to: "good/source.txt")
        try project.write(
            """
            schemaVersion: 1
            stages:
              stop: {run: exit 3, outs: [never.txt]}
              after: {run: cp never.txt late.txt, deps: [never.txt], outs: [late.txt]}

            """, to: "bad/pipeline.yaml")
        return project
    }

    private func run(
        _ project: VersionedProject, _ names: [String] = ["good"],
        _ change: (inout ReproducePipelines.Request) -> Void = { _ in }
    ) throws -> ReproducePipelines.Outcome {
        var request = ReproducePipelines.Request(
            names.map { .init(typed: $0, path: project.file($0)) }, environment: project.environment)
        change(&request)
        return try ReproducePipelines.run(request) { _ in }
    }

    private func count(_ project: VersionedProject, _ name: String = "count.txt") throws -> String {
        try project.read("good/\(name)").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("data that is gone, from the cache too, is made again by the recipe in its pointer")
    func recipes() throws {
        let project = try VersionedProject()
        try project.write(
            "schemaVersion: 1\ninstruments: 1\nsessions: 3\nsignalShare: 0.4\nseed: 5\n", to: "data/simulation.yaml")
        _ = try SimulateMarket.run(config: project.file("data/simulation.yaml"), output: project.file("data/market"))
        let added = try AddData.run(
            [project.file("data/market")], simulation: "simulation.yaml",
            in: try Workspace(root: project.root, environment: project.environment))
        try project.write(
            """
            schemaVersion: 1
            stages:
              list: {run: ls ../data/market > names.txt, deps: [../data/market], outs: [names.txt]}

            """, to: "good/pipeline.yaml")
        #expect(try run(project).failure == nil)
        let names = try project.read("good/names.txt")
        #expect(!names.isEmpty)
        for path in ["data/market", ".dvc/cache", "good/names.txt"] { try project.remove(path) }
        let again = try run(project)
        #expect(again.failure == nil && again.pipelines[0].ran.map(\.stage) == ["list"])
        #expect(try project.read("good/names.txt") == names)
        let entry = try Workspace(root: project.root, environment: project.environment)
            .entry(project.file("data/market"), shownAs: "data/market")
        #expect(entry?.md5 == added.first?.md5)
    }

    @Test(
        "a recipe that makes other data leaves nothing behind, and the output that is asked for is the one that is made"
    )
    func wrongRecipe() throws {
        let project = try VersionedProject()
        let recipe = "schemaVersion: 1\ninstruments: 1\nsessions: 3\nsignalShare: 0.4\nseed: 5\n"
        try project.write(recipe, to: "data/simulation.yaml")
        _ = try SimulateMarket.run(config: project.file("data/simulation.yaml"), output: project.file("data/market"))
        _ = try AddData.run(
            [project.file("data/market")], simulation: "simulation.yaml", in: try project.session().workspace)
        try project.write(
            "stages:\n  list: {run: ls ../data/market > names.txt, deps: [../data/market], outs: [names.txt]}\n",
            to: "good/pipeline.yaml")
        for path in ["data/market", ".dvc/cache"] { try project.remove(path) }
        try project.write(recipe.replacing("seed: 5", with: "seed: 6"), to: "data/simulation.yaml")
        for _ in 1...2 {
            let error = #expect(throws: Failure.self) { try run(project) }
            #expect(error?.code == "data.recipe")
            #expect(
                try Paths.entries(project.file("data")).sorted() == [".gitignore", "market.dvc", "simulation.yaml"])
        }
        try project.write(recipe, to: "data/simulation.yaml")
        // What a killed process left half made is not taken for the data.
        try project.write("half", to: "data/.market.tmp-999999999/AAA_5min.csv")
        #expect(try run(project).failure == nil)
        #expect(project.exists("data/market") && project.exists("good/names.txt"))
        #expect(!project.exists("data/.market.tmp-999999999"))
    }

    @Test("a stage of another directory is not guessed, and the command that runs it is named")
    func stageElsewhere() throws {
        let project = try made()
        let error = #expect(throws: Failure.self) { try run(project, ["count"]) }
        #expect(error?.code == "pipeline.missing" && error?.message.contains("'good/pipeline.yaml' has one") == true)
        #expect(error?.hint == "hftml repro 'good/pipeline.yaml:count'")
    }

    @Test("stages run once, and again from the first that reads something else")
    func runs() throws {
        let project = try made()
        let first = try run(project)
        #expect(first.failure == nil && first.pipelines.map(\.pipeline) == ["good"])
        #expect(first.pipelines[0].ran.map(\.stage) == ["copy", "count"] && first.pipelines[0].current.isEmpty)
        #expect(first.pipelines[0].seconds > 0 && first.pipelines[0].seconds < 60)
        #expect(try count(project) == "4")
        let second = try run(project).pipelines[0]
        #expect(second.ran.isEmpty && second.restored.isEmpty && second.current == ["copy", "count"])
        try project.write("eleven char", to: "good/source.txt")
        #expect(try run(project) { $0.stage = "count" }.pipelines[0].current == ["count"])
        let third = try run(project) { $0.downstream = "copy" }.pipelines[0]
        #expect(third.ran.map(\.stage) == ["copy", "count"])
        #expect(try count(project) == "11")
    }

    @Test("a stage that ran like this before is restored, unless the run cache is left out or all is forced")
    func runCache() throws {
        let project = try made()
        _ = try run(project)
        try project.write("eleven char", to: "good/source.txt")
        _ = try run(project)
        try project.write("four", to: "good/source.txt")
        let back = try run(project).pipelines[0]
        #expect(back.ran.isEmpty && back.restored == ["copy", "count"])
        #expect(try count(project) == "4")
        try project.write("eleven char", to: "good/source.txt")
        #expect(try run(project) { $0.usesRunCache = false }.pipelines[0].ran.map(\.stage) == ["copy", "count"])
        #expect(try run(project) { $0.isForced = true }.pipelines[0].ran.map(\.stage) == ["copy", "count"])
    }

    @Test("a dry run tells what would run, what might, and what would be restored, and runs nothing")
    func dryRun() throws {
        let project = try made()
        let never = try run(project) { $0.isDryRun = true }.pipelines[0]
        #expect(never.planned.map(\.stage) == ["copy", "count"] && never.ran.isEmpty)
        #expect(never.planned.allSatisfy { $0.isCertain && !$0.isRestored })
        #expect(never.planned[0].reasons == ["it has not run yet"])
        #expect(!project.exists("good/copied.txt"))
        _ = try run(project)
        try project.write("eleven char", to: "good/source.txt")
        let changed = try run(project) { $0.isDryRun = true }.pipelines[0].planned
        #expect(changed.map(\.stage) == ["copy", "count"] && changed.map(\.isCertain) == [true, false])
        #expect(changed[1].reasons == ["a stage before it runs: copy"] && !changed[1].isRestored)
        #expect(changed[0].reasons.count == 1 && changed[0].reasons[0].hasPrefix("source.txt changed"))
        try project.write("four", to: "good/source.txt")
        try project.remove("good/count.txt")
        let lost = try run(project) { $0.isDryRun = true }.pipelines[0].planned
        #expect(lost.map(\.stage) == ["count"] && lost[0].isRestored && lost[0].isCertain)
        #expect(lost[0].reasons == ["count.txt is missing"])
        #expect(!project.exists("good/count.txt"))
    }

    @Test("a pipeline that fails does not hold up the next; the first failure is told, with what was done")
    func failure() throws {
        let project = try made()
        let outcome = try run(project, ["bad", "good"])
        #expect(outcome.pipelines.map(\.pipeline) == ["bad", "good"] && outcome.pipelines[1].ran.count == 2)
        #expect(outcome.pipelines[0].failed.map(\.stage) == ["stop"] && outcome.pipelines[0].blocked == ["after"])
        #expect(outcome.failure?.stage == "stop" && outcome.failure?.status == 3)
        #expect(!project.exists("bad/late.txt"))
    }

    @Test("values after --set replace parameters of the file")
    func assignments() throws {
        let project = try made()
        _ = try run(project)
        let changed = try run(project) { $0.assignments = ["name=other.txt"] }.pipelines[0]
        #expect(changed.ran.map(\.stage) == ["count"] && changed.current == ["copy"])
        #expect(try count(project, "other.txt") == "4")
    }

    @Test(
        "jobs, resources and assignments that cannot be are refused before anything runs",
        arguments: [
            ("usage.jobs", 0, "", ""), ("usage.jobs", 4097, "", ""), ("usage.resource", 1, "gpu", ""),
            ("usage.resource", 1, "gpu=many", ""), ("usage.set", 1, "", "name"), ("usage.set", 1, "", "=x"),
        ])
    func usage(code: String, jobs: Int, resource: String, assignment: String) throws {
        let project = try made()
        let error = try #require(throws: Failure.self) {
            try run(project) {
                $0.jobs = jobs
                if !resource.isEmpty { $0.resources = [resource] }
                if !assignment.isEmpty { $0.assignments = [assignment] }
            }
        }
        #expect(error.code == code && error.exitStatus == .usage && !project.exists("good/copied.txt"))
    }

    @Test("one job and 4096 are within bounds, with resources that stages share")
    func bounds() throws {
        let project = try made()
        #expect(try run(project) { ($0.jobs, $0.resources) = (4096, ["gpu=2", "memory=16GiB"]) }.failure == nil)
        #expect(try run(project) { $0.jobs = 1 }.pipelines[0].current.count == 2)
    }
}
