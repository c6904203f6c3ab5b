import Basics
import Foundation
import TestSupport
import Testing

/// The real MLflow's history in this registry.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct MLflowTests {
    @Test(
        "a history made by the real MLflow comes over and is equal value by value; importing it again changes nothing",
        .enabled(if: SharedData.pythonHas("mlflow", in: "mlflow"), "needs mlflow"))
    func importsHistory() throws {
        // An environment of its own: it asks for other versions of packages than dvc does.
        let python = try #require(SharedData.client("../mlflow/bin/python3"))
        let directory = try TemporaryDirectory(),
            script = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/mlflow_history.py"
        let environment = ["MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"]
        let made = try RunProgram.run(
            python, [script, "make", directory.path, "210"], in: directory.path, environment: environment)
        #expect(made.status == 0, "\(made.errors.suffix(2000))")
        #expect(try FlowTests.hftml(directory, "init", "--no-scm").status == 0)
        let first = try FlowTests.json(
            try FlowTests.hftml(directory, "registry", "import-mlflow", "mlflow.db", "--json"))
        #expect(
            first[key: "runs"]?.intValue == 210 && first[key: "versions"]?.intValue == 15
                && first[key: "aliases"]?.intValue == 10, "\(first.text(.compact))")
        for round in 0..<2 {
            let compared = try RunProgram.run(
                python, [script, "compare", directory.path, directory.file("Registry/registry.sqlite")],
                in: directory.path, environment: environment)
            let node = try JSONParser.parse(compared.output.split(separator: "\n").last.map(String.init) ?? "null")
            #expect(
                node[key: "differences"]?.listValue?.isEmpty == true,
                "\(node[key: "differences"]?.text(.pretty) ?? compared.errors)")
            #expect((node[key: "points"]?.intValue ?? 0) > 5000 && node[key: "files"]?.intValue == 30)
            if round == 0 {
                let again = try FlowTests.json(
                    try FlowTests.hftml(
                        directory, "registry", "import-mlflow", "sqlite:///\(directory.file("mlflow.db"))", "--json"))
                #expect(again[key: "runs"]?.intValue == 0 && again[key: "versions"]?.intValue == 0)
            }
        }
        #expect(try FlowTests.hftml(directory, "registry", "verify").status == 0)
        let found = try FlowTests.json(
            try FlowTests.hftml(
                directory, "runs", "list", "--where", "params.kind = 'lstm' and metrics.loss < 0.5", "--order-by",
                "metrics.loss", "--limit", "5", "--json"))
        #expect(found[key: "runs"]?.listValue?.isEmpty == false)
    }

    @Test("files that are no history of MLflow are refused with a sentence")
    func refuses() throws {
        let directory = try TemporaryDirectory()
        #expect(try FlowTests.hftml(directory, "init", "--no-scm").status == 0)
        try directory.write("nonsense", to: "x.db")
        for name in ["x.db", "missing.db", "Registry/registry.sqlite", "http://localhost:1"] {
            let result = try FlowTests.hftml(directory, "registry", "import-mlflow", name, "--json")
            let code = try FlowTests.json(result)[path: "error.code"]?.stringValue
            #expect(result.status == 1 && code?.hasPrefix("mlflow.") == true, "\(name): \(result.output)")
        }
    }
}
