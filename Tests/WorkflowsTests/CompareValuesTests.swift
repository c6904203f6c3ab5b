import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct CompareValuesTests {
    private func made() throws -> VersionedProject {
        let project = try VersionedProject()
        try project.write(
            """
            stages:
              t:
                cmd: run
                params: [lr, layers.width]
                metrics:
                - metrics.json: {cache: false}
                plots:
                - loss.csv: {cache: false, x: epoch}

            """, to: "dvc.yaml")
        try project.write("lr: 0.5\nother: 1\nlayers: {width: 8}\n", to: "params.yaml")
        try project.write("{\"loss\": 2.5, \"n\": 4}\n", to: "metrics.json")
        try project.write("epoch,loss\n1,0.5\n2,0.25\n", to: "loss.csv")
        try project.commit("one")
        try project.write("lr: 0.25\nother: 2\nlayers: {width: 8}\n", to: "params.yaml")
        try project.write("{\"loss\": 2.0, \"n\": 6}\n", to: "metrics.json")
        return project
    }

    @Test("parameters that stages name, at a revision and now")
    func parameters() throws {
        let project = try made(), workspace = try project.session().workspace
        defer { withExtendedLifetime(project) {} }
        let changes = try CompareValues.parameters(in: workspace)
        #expect(changes.map(\.path).sorted() == ["lr", "other"] && changes.allSatisfy { $0.file == "params.yaml" })
        let named = try CompareValues.parameters(onlyNamed: true, in: workspace)
        #expect(named.map(\.path) == ["lr"])
        #expect(named[0].old == .double(0.5) && named[0].new == .double(0.25))
        let all = try CompareValues.parameters(includesSame: true, in: workspace)
        #expect(all.map(\.path).sorted() == ["layers.width", "lr", "other"])
        #expect(try CompareValues.parameters(from: "HEAD", to: "HEAD", in: workspace).isEmpty)
    }

    @Test("metrics and their differences")
    func metrics() throws {
        let project = try made(), workspace = try project.session().workspace
        defer { withExtendedLifetime(project) {} }
        let changes = try CompareValues.metrics(in: workspace)
        #expect(changes.map(\.path) == ["loss", "n"])
        #expect(changes.map(\.difference) == [.double(-0.5), .int(2)])
        let now = try CompareValues.metrics(at: nil, in: workspace).files
        #expect(now.map(\.file) == ["metrics.json"] && now[0].values.map(\.value) == [.double(2.0), .int(6)])
        let before = try CompareValues.metrics(at: "HEAD", in: workspace).files
        #expect(before[0].values.map(\.value) == [.double(2.5), .int(4)])
    }

    @Test("plots of two revisions in one chart")
    func plots() throws {
        let project = try made()
        defer { withExtendedLifetime(project) {} }
        let plots = try CompareValues.plots(at: ["HEAD", nil], in: try project.session().workspace).plots
        #expect(plots.map(\.file) == ["loss.csv"] && plots[0].x == "epoch" && plots[0].y == "loss")
        let revisions = plots[0].rows.map { $0[key: "rev"]?.stringValue }
        #expect(revisions == ["HEAD", "HEAD", "workspace", "workspace"])
        #expect(plots[0].vegaLite[path: "encoding.x.field"]?.stringValue == "epoch")
    }

    @Test("a revision that does not exist is an error also where there are no metrics")
    func unknownRevision() throws {
        let project = try VersionedProject()
        defer { withExtendedLifetime(project) {} }
        let workspace = try project.session().workspace
        #expect(try CompareValues.metrics(in: workspace).isEmpty)
        #expect(try CompareValues.sources(in: workspace).metrics.isEmpty)
        #expect(throws: (any Error).self) { try CompareValues.metrics(from: "nope", in: workspace) }
        #expect(throws: Failure.self) { try CompareValues.metrics(at: "nope", in: workspace) }
        #expect(throws: (any Error).self) { try CompareValues.parameters(from: "nope", in: workspace) }
        #expect(throws: (any Error).self) { try CompareValues.plots(at: [nil, "nope"], in: workspace) }
        let other = try made()
        defer { withExtendedLifetime(other) {} }
        #expect(try CompareValues.sources(in: other.session().workspace).metrics == ["metrics.json"])
    }
}
