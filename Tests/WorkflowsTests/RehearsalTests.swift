import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// The real program runs a version's bundle over the test span, and the gate compares every order and the money.
@Suite(.enabled(if: Paths.exists(RunProgram.runtime), "needs the built programs"))
struct RehearsalTests {
    private static let runtime = RehearsalRuntime.at(RunProgram.runtime)

    /// A model of positions that are held for some bars, on bars of its own, and a gate that rehearses it.
    private static func project(hold: Int, data: (TestProject) throws -> Void = { _ in }) throws -> TestProject {
        let project = try TestProject(.features)
        try data(project)
        try project.write(
            """
            schemaVersion: 1
            hours: regular
            features:
              return_1: log_return(close, 1)
              body: log(close / open)
            label: {kind: return, horizon: \(hold)}

            """, to: "features.yaml")
        let recipe = try project.read("recipe.yaml").replacing("loss: bce", with: "loss: mse")
        try project.write(recipe, to: "recipe.yaml")
        // Everything is traded; limits that cancel some orders and deny others, so that those are compared as well.
        try project.write(
            """
            schemaVersion: 1
            rule: {enterAbove: 0, enterBelow: -0.000001, holdBars: \(hold), quantity: 100}
            costBps: 1
            limits:
              tick: 100
              collarBps: 8
              maximumQuantity: 100
              maximumNotional: 1000000000
              maximumPosition: 100
              maximumGross: 100000000000
              maximumLoss: 100000000
              burst: 20
              ordersPerSecond: 0.004

            """, to: "strategy.yaml")
        try project.write(
            "schemaVersion: 1\nrules: [{rule: rehearsal, maximumDeniedShare: 1}]\n", to: "Registry/gates/rehearsed.yaml"
        )
        let session = project.session, features = project.features, model = project.model(1)
        _ = try BuildFeatures.run(
            spec: project.file("features.yaml"), data: project.market, market: project.file("market.yaml"),
            quality: nil, output: features, threads: 2, session: session)
        var request = TrainModel.Request(config: project.recipe, features: features, output: model)
        (request.seed, request.threads, request.name) = (1, 1, "seed 1")
        _ = try TrainModel.run(request, session: session)
        _ = try RegisterModel.run(model, name: "m", output: nil, session: session)
        return project
    }

    private static func rehearse(_ project: TestProject, runtime: RehearsalRuntime = runtime) throws -> CheckReport.Item
    {
        let report = try GateModel.run(
            "m/1", policy: "rehearsed", strategy: project.strategy, features: project.features, against: nil,
            threads: 1, runtime: runtime, session: project.session
        ).report
        return try #require(report.items.first { $0.name == "rehearsal" })
    }

    private static func measured(_ item: CheckReport.Item) -> JSONValue { item.values[key: "measured"] ?? .null }

    @Test("orders and money of back-test and runtime are equal on the demo market", arguments: [1, 6, 12])
    func demo(hold: Int) throws {
        let item = try Self.rehearse(try Self.project(hold: hold)), measured = Self.measured(item)
        #expect(item.status == .passed, "\(item.reason)")
        #expect(measured[key: "differences"]?.intValue == 0 && measured[key: "filled"]?.intValue ?? 0 > 10)
        #expect(measured[key: "profit"] == measured[key: "backtestProfit"], "\(measured.text(.compact))")
    }

    @Test(
        "orders and money are equal on real bars with their gaps and half days",
        .enabled(if: SharedData.isThere, "needs the shared data"), arguments: [1, 6, 12])
    func real(hold: Int) throws {
        let project = try Self.project(hold: hold) { project in
            try Paths.remove(project.market)
            for ticker in ["AAPL", "BABA", "GDX"] {
                let name = "\(ticker)_5min.csv.gz"
                try Paths.makeDirectory(project.market)
                try FileManager.default.copyItem(
                    atPath: SharedData.path("data/bars-us-5min/\(name)"), toPath: "\(project.market)/\(name)")
            }
        }
        let item = try Self.rehearse(project)
        #expect(item.status == .passed, "\(item.reason)")
        #expect(Self.measured(item)[key: "filled"]?.intValue ?? 0 > 100, "\(item.reason)")
    }

    /// The real program, whose journal is changed before the gate reads it.
    private static func liar(_ change: @escaping @Sendable (inout [String]) -> Void) -> RehearsalRuntime {
        RehearsalRuntime { arguments, output, errors in
            let status = try runtime.run(arguments, output, errors)
            if let at = arguments.firstIndex(of: "-o") {
                let file = "\(arguments[at + 1])/journal.csv"
                var lines = try FileChunks.text(file).split(separator: "\n").map(String.init)
                change(&lines)
                try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: file)
            }
            return status
        }
    }

    @Test("a runtime that does something else fails the rule, with what and where; a damaged journal is no evidence")
    func different() throws {
        let project = try Self.project(hold: 1)
        let cut = try Self.rehearse(project, runtime: Self.liar { $0.removeLast() })
        #expect(cut.status == .failed && cut.reason.contains("found 1 differences to the back-test"), "\(cut.reason)")
        #expect(cut.reason.contains("in the back-test alone") && cut.reason.contains("the runtime "), "\(cut.reason)")
        let other = try Self.rehearse(project, runtime: Self.liar { $0[1] = $0[2] })
        #expect(other.status == .failed && other.reason.contains("no evidence: journal.format"), "\(other.reason)")
        let absent = try Self.rehearse(project, runtime: .at("/nowhere/hftml-runtime"))
        #expect(absent.reason.contains("found no hftml-runtime at '/nowhere/hftml-runtime'"), "\(absent.reason)")
        let broken = try Self.rehearse(project, runtime: RehearsalRuntime { _, _, _ in 9 })
        #expect(broken.reason.contains("hftml-runtime accept ended with status 9"), "\(broken.reason)")
    }

    @Test("without the very bars that the table was made of there is no evidence, and that is a failure")
    func noBars() throws {
        let project = try Self.project(hold: 1)
        let file = try #require(try Paths.entries(project.market).first { $0.hasSuffix(".csv") })
        let path = "\(project.market)/\(file)"
        try AtomicFile.write(try FileChunks.text(path) + "2099-01-02 10:00:00,1,1,1,1,1\n", to: path)
        let other = try Self.rehearse(project)
        #expect(
            other.status == .failed && other.reason.contains("are not at 'Data/market' as they were"), "\(other.reason)"
        )
        try Paths.remove(project.market)
        #expect(try Self.rehearse(project).reason.hasPrefix("no evidence: the raw bars "))
    }

    @Test("a challenger with other features is compared with the incumbent on the incumbent's own features")
    func otherFeatures() throws {
        let project = try TestProject(), session = project.session, table = project.file("out/fewer.safetensors")
        try project.write(
            try project.read("features.yaml").replacing("  body: log(close / open)\n", with: ""), to: "fewer.yaml")
        _ = try BuildFeatures.run(
            spec: project.file("fewer.yaml"), data: project.market, market: project.file("market.yaml"),
            quality: nil, output: table, threads: 1, session: session)
        var request = TrainModel.Request(config: project.recipe, features: table, output: project.model(3))
        (request.seed, request.threads, request.name) = (3, 1, "fewer features")
        _ = try TrainModel.run(request, session: session)
        _ = try RegisterModel.run(project.model(3), name: "m", output: nil, session: session)
        try project.write(
            "schemaVersion: 1\nrules: [{rule: not-worse-than-incumbent, metric: ic}]\n",
            to: "Registry/gates/compared.yaml")
        func item() throws -> CheckReport.Item {
            let report = try GateModel.run(
                "m/3", policy: "compared", strategy: project.strategy, features: table, against: "m/1", threads: 1,
                session: session
            ).report
            return try #require(report.items.first { $0.name.hasPrefix("not-worse-than-incumbent") })
        }
        let compared = try item()
        #expect(compared.reason.hasPrefix("ic less that of m/1 is "), "\(compared.reason)")
        #expect(Self.measured(compared)[key: "estimate"]?.doubleValue != nil)
        try Paths.remove(project.market)
        let missing = try item()
        #expect(
            missing.status == .failed && missing.reason.contains("m/1 learned other features, and the raw bars "),
            "\(missing.reason)")
    }

    @Test("a policy without the rule starts no program")
    func notAsked() throws {
        let project = try Self.project(hold: 1)
        try project.write("schemaVersion: 1\nrules: [lineage]\n", to: "Registry/gates/plain.yaml")
        let report = try GateModel.run(
            "m/1", policy: "plain", strategy: project.strategy, features: project.features, against: nil, threads: 1,
            runtime: RehearsalRuntime { _, _, _ in throw Failure("test.started", "the program was started") },
            session: project.session
        ).report
        #expect(!report.items.contains { $0.name == "rehearsal" })
    }
}
