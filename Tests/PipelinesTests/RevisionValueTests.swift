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
                "params.yaml:lr=1", "params.yaml:net.size=2", "params.yaml:net.name=\"n\"", "params.yaml:other=9",
            ])
        #expect(
            lines(try values.parameters(at: "HEAD", onlyNamed: true)) == [
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
        #expect(try changes() == ["lr 1 4 3", "net.name \"n\" - -", "other 9 - -"])
        #expect(try changes(true) == ["lr 1 4 3", "net.size 2 2 0", "net.name \"n\" - -", "other 9 - -"])
        let auc = RevisionValues.changes(try values.metrics(at: "HEAD"), try values.metrics(at: nil))[0]
        #expect(auc.difference == .double(0.25) && auc.file == "m.json")
        let plots = try values.plots(at: ["HEAD", nil]).plots
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

/// What is read at a revision from the cache, and what is said of it.
@Suite struct CachedValueTests {
    private func made(_ pointer: (String) -> String) throws -> (TestRepository, RevisionValues) {
        let repository = try TestRepository()
        let workspace = try Workspace.create(repository.path, environment: [:])
        let md5 = Digest.md5(Array("{\"n\": 1}\n".utf8))
        try repository.write("stages:\n  a: {cmd: x, metrics: [m.json, o.json: {cache: false}]}\n", to: "dvc.yaml")
        try repository.write(pointer(md5), to: "dvc.lock")
        try repository.write("{\"o\": 2}\n", to: "o.json")
        try repository.commit("one")
        return (
            repository,
            RevisionValues(
                workspace: workspace, pipelines: [try Pipeline(repository.path, types: StageType.kinds([]))])
        )
    }

    private func lock(_ md5: String, _ hash: String) -> String {
        """
        schema: '2.0'
        stages:
          a:
            cmd: x
            outs:
            - path: m.json
        \(hash)      md5: \(md5)
              size: 9

        """
    }

    @Test("objects of DVC 2 are read where that keeps them, and by its rule")
    func legacy() throws {
        // DVC 2 takes CRLF for LF when it hashes, and keeps the bytes.
        let (repository, values) = try made { lock($0, "") }
        let md5 = Digest.md5(Array("{\"n\": 1}\n".utf8))
        try repository.write("{\"n\": 1}\r\n", to: ".dvc/cache/\(md5.prefix(2))/\(md5.dropFirst(2))")
        let (files, problems) = try values.metricsAndProblems(at: "HEAD")
        #expect(problems.isEmpty && files.map(\.file) == ["m.json", "o.json"])
        #expect(files.first?.values.first?.value == .int(1))
    }

    @Test("a damaged object is named, and the other files are read")
    func damaged() throws {
        let (repository, values) = try made { lock($0, "      hash: md5\n") }
        let md5 = Digest.md5(Array("{\"n\": 1}\n".utf8))
        try repository.write("{\"n\": 9}\n", to: ".dvc/cache/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        let (files, problems) = try values.metricsAndProblems(at: "HEAD")
        #expect(files.map(\.file) == ["o.json"])
        #expect(problems.map(\.file) == ["m.json"] && problems.first?.isMissing == false)
    }

    @Test(
        "a difference that no integer holds is a number all the same",
        arguments: [(-1, Int.max), (Int.min, 1), (Int.max, -1)])
    func difference(old: Int, new: Int) throws {
        func change(_ old: Int, _ new: Int) -> JSONValue? {
            RevisionValues.changes([("m", [("n", .int(old))])], [("m", [("n", .int(new))])]).first?.difference
        }
        #expect(change(old, new) == .double(Double(new) - Double(old)))
        #expect(change(-1, 7) == .int(8))
    }
}

/// Plots as a `dvc.yaml` states them.
@Suite struct PlotDefinitionTests {
    private func plots(_ yaml: String, _ files: [String: String]) throws -> (
        plots: [RevisionValues.Plot], problems: [RevisionValues.Problem]
    ) {
        let directory = try TemporaryDirectory()
        let workspace = try Workspace.create(directory.path, environment: [:])
        try directory.write(yaml, to: "dvc.yaml")
        for (name, text) in files { try directory.write(text, to: name) }
        return try RevisionValues(
            workspace: workspace, pipelines: [try Pipeline(directory.path, types: StageType.kinds([]))]
        ).plots(at: [nil])
    }

    private static let multi = "epoch,train,val\n0,1.0,1.5\n1,0.5,0.75\n"

    @Test("several columns, columns of several files, directories, labels and templates")
    func definitions() throws {
        let (plots, problems) = try plots(
            """
            plots:
              - multi.csv: {x: epoch, y: [train, val]}
              - both: {x: epoch, y: {multi.csv: [train, val], one.csv: loss}, title: Both, x_label: Epoch}
              - cross: {x: {multi.csv: val}, y: {one.csv: loss}, template: scatter}
              - dir
              - gone.csv
              - one.csv: {y: los}
            """,
            [
                "multi.csv": Self.multi, "one.csv": "epoch,loss\n0,3\n1,2\n", "dir/a.csv": "v\n1\n",
                "dir/b.json": "{\"deep\": {\"rows\": [{\"k\": 1, \"v\": \"x\"}]}}", "dir/no.txt": "x",
            ])
        #expect(plots.map(\.file) == ["multi.csv", "both", "cross", "dir/a.csv", "dir/b.json"])
        #expect(problems.map(\.file) == ["gone.csv", "one.csv"])
        #expect(problems[1].text.contains("found no column 'los'"))
        func points(_ plot: RevisionValues.Plot) -> [String] {
            plot.points.map { "\($0.series) \($0.x.text(.compact)) \($0.y.text(.compact))" }
        }
        #expect(points(plots[0]) == ["train 0 1.0", "train 1 0.5", "val 0 1.5", "val 1 0.75"])
        #expect(
            points(plots[1]) == [
                "multi.csv::train 0 1.0", "multi.csv::train 1 0.5", "multi.csv::val 0 1.5", "multi.csv::val 1 0.75",
                "one.csv::loss 0 3", "one.csv::loss 1 2",
            ])
        #expect(plots[1].title == "Both" && plots[1].xLabel == "Epoch" && plots[1].yLabel == "y")
        #expect(points(plots[2]) == ["loss 1.5 3", "loss 0.75 2"] && plots[2].template == "scatter")
        #expect(points(plots[3]) == ["v 0 1"] && plots[4].y == "v")
        #expect(plots[0].vegaLite[path: "encoding.y.field"]?.stringValue == "dvc_inferred_y_value")
        #expect(plots[2].vegaLite[path: "mark.type"]?.stringValue == "point")
    }

    @Test("unknown keys and values of another kind are mistakes with their place")
    func mistakes() throws {
        for (plot, word) in [
            ("a.csv: {yy: b}", "unknown key"), ("a.csv: {y: 3}", "expected a column"), ("3", "a path"),
        ] {
            let error = try #require(throws: ConfigError.self) { _ = try plots("plots: [\(plot)]", [:]) }
            #expect(error.message.contains(word) && error.mark != nil, "\(error)")
        }
    }
}
