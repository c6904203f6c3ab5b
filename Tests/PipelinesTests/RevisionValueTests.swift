import Basics
import DataVersioning
import Pipelines
import TestSupport
import Testing

/// Parameters, metrics and plots, now and at revisions.
@Suite struct RevisionValueTests {
    @Test("values at a revision and now, their changes, and rows of plots")
    func values() throws {
        let repository = try TestRepository()
        let workspace = try Workspace.create(repository.path, environment: [:])
        try repository.write(
            """
            stages:
              a:
                cmd: x
                params: [lr, net]
                metrics: [m.json: {cache: false}]
                plots: [p.csv: {cache: false, x: step, y: loss, title: Loss}, q.json: {cache: false}]
            """, to: "dvc.yaml")
        try repository.write("lr: 1\nnet: {size: 2, name: n}\nother: 9\n", to: "params.yaml")
        try repository.write("{\"auc\": 0.5, \"n\": {\"k\": 3}, \"list\": [1]}", to: "m.json")
        // As Python's csv writes it.
        try repository.write("step,loss\r\n0,2.5\r\n1,1.5\r\n", to: "p.csv")
        try repository.write("{\"rows\": [{\"v\": 1}, {\"v\": 2}]}", to: "q.json")
        try repository.commit("one")
        try repository.write("lr: 4\nnet: {size: 2}\n", to: "params.yaml")
        try repository.write("{\"auc\": 0.75, \"n\": {\"k\": 5}, \"new\": \"x\"}", to: "m.json")
        let values = RevisionValues(
            workspace: workspace,
            pipelines: [try Pipeline(repository.path, types: StageType.kinds([]))])
        func lines(_ files: [(file: String, values: [(path: String, value: JSONValue)])]) -> [String] {
            files.flatMap { file in file.values.map { "\(file.file):\($0.path)=\($0.value.text(.compact))" } }
        }
        #expect(lines(try values.parameters(at: nil)) == ["params.yaml:lr=4", "params.yaml:net.size=2"])
        #expect(
            lines(try values.parameters(at: "HEAD")) == [
                "params.yaml:lr=1", "params.yaml:net.size=2", "params.yaml:net.name=\"n\"",
            ])
        #expect(lines(try values.metrics(at: nil)) == ["m.json:auc=0.75", "m.json:n.k=5", "m.json:new=\"x\""])
        #expect(lines(try values.metrics(at: "HEAD")) == ["m.json:auc=0.5", "m.json:n.k=3"])
        func changes(_ includesSame: Bool = false) throws -> [String] {
            RevisionValues.changes(
                try values.parameters(at: "HEAD"), try values.parameters(at: nil), includesSame: includesSame
            )
            .map {
                ([$0.path] + [$0.old, $0.new, $0.difference].map { $0?.text(.compact) ?? "-" }).joined(separator: " ")
            }
        }
        #expect(try changes() == ["lr 1 4 3", "net.name \"n\" - -"])
        #expect(try changes(true) == ["lr 1 4 3", "net.size 2 2 0", "net.name \"n\" - -"])
        let auc = RevisionValues.changes(try values.metrics(at: "HEAD"), try values.metrics(at: nil))[0]
        #expect(auc.difference == .double(0.25) && auc.file == "m.json")
        let plots = try values.plots(at: ["HEAD", nil])
        #expect(plots.map(\.file) == ["p.csv", "q.json"])
        #expect(plots[0].x == "step" && plots[0].y == "loss" && plots[0].title == "Loss")
        #expect(
            plots[0].rows.map { $0.text(.compact) } == [
                "{\"rev\":\"HEAD\",\"step\":0,\"loss\":2.5}", "{\"rev\":\"HEAD\",\"step\":1,\"loss\":1.5}",
                "{\"rev\":\"workspace\",\"step\":0,\"loss\":2.5}", "{\"rev\":\"workspace\",\"step\":1,\"loss\":1.5}",
            ])
        #expect(plots[1].x == nil && plots[1].y == "v" && plots[1].title == "q.json" && plots[1].rows.count == 4)
        #expect(plots[1].rows[1].text(.compact) == "{\"rev\":\"HEAD\",\"step\":1,\"v\":2}")
        let chart = plots[1].vegaLite
        #expect(
            chart[path: "encoding.x.field"]?.stringValue == "step"
                && chart[path: "encoding.y.field"]?.stringValue == "v")
        #expect(
            chart[path: "data.values"]?.listValue?.count == 4
                && chart[path: "encoding.color.field"]?.stringValue == "rev")
    }
}
