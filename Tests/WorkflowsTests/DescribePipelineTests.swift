import Basics
import Foundation
import Testing
import Workflows

/// What can be said of a pipeline without running it: its stages, advice, and the `dvc.yaml` that says the same.
@Suite struct DescribePipelineTests {
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        try project.write(
            """
            schemaVersion: 1
            stages:
              count: {run: "wc -c < copied.txt > ${name}", deps: [copied.txt], outs: ["${name}"]}
              copy: {run: cp source.txt copied.txt, deps: [source.txt], outs: [copied.txt]}

            """, to: "line/pipeline.yaml")
        try project.write("name: count.txt\n", to: "line/params.yaml")
        try project.write("four", to: "line/source.txt")
        return project
    }

    @Test("stages in an order in which they can run, with the edges between them")
    func describes() throws {
        let project = try made()
        let outcome = try DescribePipeline.run(project.file("line"))
        #expect(outcome.stages.map(\.name) == ["copy", "count"])
        let count = outcome.stages[1]
        #expect(count.commands == ["wc -c < copied.txt > count.txt"] && count.dependencies == ["copied.txt"])
        #expect(count.outputs == ["count.txt"])
        #expect(outcome.edges.map(\.source) == ["copy"] && outcome.edges.map(\.target) == ["count"])
        #expect(try DescribePipeline.run(project.file("line/pipeline.yaml")) == outcome)
    }

    @Test("the export says what the pipeline says, is current until the pipeline changes, and is no pipeline of ours")
    func exports() throws {
        let project = try made(), line = project.file("line")
        #expect(try ExportPipeline.isCurrent(line) == (project.file("line/dvc.yaml"), false))
        let outcome = try ExportPipeline.run(line)
        #expect(outcome.path == project.file("line/dvc.yaml") && outcome.stages == 2)
        let text = try project.read("line/dvc.yaml")
        #expect(text.contains("  copy:\n    cmd: cp source.txt copied.txt\n    deps:\n    - source.txt\n"))
        #expect(text.contains("    params:\n    - name\n    outs:\n    - count.txt\n"))
        #expect(try ExportPipeline.isCurrent(line).isCurrent)
        let elsewhere = project.file("elsewhere.yaml")
        #expect(try ExportPipeline.isCurrent(line, at: elsewhere) == (elsewhere, false))
        #expect(try ExportPipeline.run(line, to: elsewhere).path == elsewhere)
        #expect(try project.read("elsewhere.yaml") == text)
        try project.write("name: other.txt\n", to: "line/params.yaml")
        #expect(try ExportPipeline.isCurrent(line).isCurrent == false)
        try project.write(text, to: "plain/dvc.yaml")
        try project.write("four", to: "plain/source.txt")
        try project.write("name: count.txt\n", to: "plain/params.yaml")
        let error = try #require(throws: Failure.self) { try ExportPipeline.run(project.file("plain")) }
        #expect(error.code == "pipeline.export" && error.exitStatus == .usage)
    }

    @Test("advice names the pipeline, the stage and the place; one without surprises has none")
    func lints() throws {
        let project = try made(), environment = project.environment
        #expect(try LintPipelines.run(around: project.root, environment: environment).isEmpty)
        try project.write("name: count.txt\nunused: 1\n", to: "line/params.yaml")
        try project.remove("line/source.txt")
        try project.write("schemaVersion: 1\nstages:\n  a: {run: touch a, outs: [a]}\n", to: "other/pipeline.yaml")
        let all = try LintPipelines.run(around: project.root, environment: environment)
        #expect(all.map(\.pipeline) == ["line/pipeline.yaml", "line/pipeline.yaml"])
        #expect(all.map(\.stage) == ["copy", nil])
        #expect(all[0].text == "found no 'source.txt', which it reads, and no stage that makes it")
        #expect(all[1].text == "no stage uses the parameter 'unused'")
        #expect(all.map(\.shownFile) == ["line/pipeline.yaml", "line/params.yaml"])
        #expect(all[1].place?.line == 2)
        // The workspace is found from the pipeline that was named, whatever directory the caller is in.
        let named = try LintPipelines.run([project.file("line")], around: "/", environment: environment)
        #expect(named == all)
        let file = try LintPipelines.run([project.file("line/pipeline.yaml")], around: "/", environment: environment)
        #expect(file == all)
        #expect(try LintPipelines.run([project.file("other")], around: "/", environment: environment).isEmpty)
    }

    @Test("a pipeline that cannot be read is named where all are drawn or recorded")
    func unread() throws {
        let project = try made()
        try project.write("stages: [\n", to: "broken/dvc.yaml")
        let all = try DescribePipeline.run(nil, around: project.root, environment: project.environment)
        #expect(all.stages.count == 2 && all.unread.map(\.file) == ["broken/dvc.yaml"] && all.isIncomplete)
        let one = try DescribePipeline.run(project.file("line"), environment: project.environment)
        #expect(one.unread == all.unread && !one.isIncomplete)
        let error = #expect(throws: Failure.self) { try CommitData.run(in: try project.session().workspace) }
        #expect(error?.message.contains("cannot read 'broken/dvc.yaml'") == true)
    }
}
