import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// The process that trains trials, served over files as on a cluster: what it measures is what training measures.
@Suite struct SearchWorkerTests {
    private let project: TestProject

    init() throws { project = try TestProject() }

    private var slot: String { project.file("slot") }

    private func request(
        _ number: Int, metrics: [String] = ["loss"], assignments: [(String, JSONValue)] = [], hasFeatures: Bool = true,
        hasStrategy: Bool = false, folds: JSONValue = .null
    ) -> JSONValue {
        .map([
            "number": .int(number), "config": .string(project.recipe), "assignments": .map(assignments),
            "features": hasFeatures ? .string(project.features) : .null, "data": .null,
            "strategy": hasStrategy ? .string(project.strategy) : .null, "metrics": .strings(metrics),
            "folds": folds, "threads": .int(1), "pruned": .bool(true),
        ])
    }

    /// Hands a worker requests, and ends it when it has answered all of them.
    ///
    /// - Returns: everything it said, in order.
    private func serve(_ requests: [JSONValue]) throws -> [JSONValue] {
        for request in requests {
            let number = try #require(request[key: "number"]?.intValue)
            try AtomicFile.write(request.text(.compact), to: "\(slot)/request-\(number).json")
        }
        let slot = slot, ended = DispatchSemaphore(value: 0), outcome = Guarded<Result<Void, any Error>?>(nil)
        // A thread of its own, and no waiting in turns: those of the pool may all be waiting for other tests' programs.
        Thread.detachNewThread {
            let result = Result { try SearchWorker.serve(directory: slot) }
            outcome.update { $0 = result }
            ended.signal()
        }
        try RunProgram.wait(every: 5) {
            try outcome.value != nil
                || events().count(where: { $0[key: "result"] != nil }) >= requests.count
        }
        try AtomicFile.write("", to: "\(slot)/stop")
        ended.wait()
        try outcome.value?.get()
        return try events()
    }

    private func events() throws -> [JSONValue] {
        let path = "\(slot)/events.jsonl"
        guard Paths.exists(path) else { return [] }
        // The last line may be under way.
        return try FileChunks.text(path).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
            try JSONParser.parse(String($0), file: "event")
        }
    }

    private func result(_ events: [JSONValue], _ number: Int) throws -> JSONValue {
        try #require(events.first { $0[key: "number"]?.intValue == number && $0[key: "result"] != nil }?[key: "result"])
    }

    private func values(_ result: JSONValue, _ name: String) -> [(step: Int, value: Double)] {
        (result[key: "metrics"]?.listValue ?? []).compactMap { row in
            guard let row = row.listValue, row[0].stringValue == name, let step = row[1].intValue,
                let value = row[2].doubleValue
            else { return nil }
            return (step, value)
        }
    }

    private func objectives(_ result: JSONValue) -> [Double] {
        result[key: "objectives"]?.listValue?.compactMap(\.doubleValue) ?? []
    }

    @Test("a point without changes gives the loss of training by hand, its weights and its multiply-adds")
    func sameAsTraining() throws {
        let events = try serve([request(7, metrics: ["loss", "parameters", "multiplyAdds"])])
        let trained = try #require(try project.json("out/m1/run.json")[key: "validationLoss"]?.doubleValue)
        let result = try result(events, 7)
        #expect(result[key: "outcome"]?.stringValue == "complete")
        // Three rows of two features into one unit with a bias.
        #expect(objectives(result) == [trained, 7, 6])
        let reports = events.compactMap { $0[key: "value"]?.doubleValue }
        #expect(events.compactMap { $0[key: "step"]?.intValue } == [1, 2, 3])
        #expect(reports.last == trained && reports == reports.sorted(by: >))
        #expect(values(result, "val.loss").map(\.step) == [1, 2, 3])
        #expect(values(result, "val.loss").map(\.value).min() == trained)
        #expect(values(result, "train.loss").count == 3)
        #expect(values(result, "objective.parameters").map(\.value) == [7])
        #expect(result[key: "returns"]?.listValue?.isEmpty == true)
        #expect(!Paths.exists("\(slot)/request-7.json"), "a request that was taken is gone")
    }

    @Test("folds are measured one after the other, and the objective is their mean")
    func folds() throws {
        let folds = JSONValue.map([
            "kind": .string("walk-forward"), "count": .int(2), "embargo": .int(0), "reserved": .double(0.2),
        ])
        let events = try serve([request(0, folds: folds)])
        let result = try result(events, 0), each = values(result, "objective.loss")
        #expect(each.map(\.step) == [0, 1])
        #expect(objectives(result) == [(each[0].value + each[1].value) / 2] && each[0].value != each[1].value)
        #expect(events.compactMap { $0[key: "step"]?.intValue } == [1, 2])
        #expect(events.compactMap { $0[key: "value"]?.doubleValue } == each.map(\.value))
        #expect(values(result, "train.loss").map(\.step) == [1, 2, 3, 1_000_001, 1_000_002, 1_000_003])
    }

    @Test("with a strategy, the Sharpe ratio of the validation span after costs, and its returns bar by bar")
    func sharpe() throws {
        let result = try result(try serve([request(0, metrics: ["sharpe"], hasStrategy: true)]), 0)
        let returns = result[key: "returns"]?.listValue?.compactMap(\.doubleValue) ?? []
        // 0.15 of the 0.8 before the test span, which has 148 times: fewer than there may be stretches, one each.
        #expect(returns.count == 89)
        #expect(returns.contains { $0 > 0 } && returns.contains { $0 < 0 })
        let daily = try #require(values(result, "val.sharpe_daily").first?.value)
        #expect(objectives(result) == [daily] && daily > 0)
    }

    @Test("a trial that the searcher gives up ends at its first report")
    func pruned() throws {
        try AtomicFile.write("", to: "\(slot)/prune-3")
        let events = try serve([request(3), request(4)])
        let result = try result(events, 3)
        #expect(result[key: "outcome"]?.stringValue == "pruned" && objectives(result).isEmpty)
        #expect(values(result, "val.loss").map(\.step) == [1])
        #expect(try self.result(events, 4)[key: "outcome"]?.stringValue == "complete")
    }

    @Test("what cannot be trained or measured is a failed trial that says why, and the worker goes on")
    func failing() throws {
        let events = try serve([
            request(0, metrics: ["nothing"]), request(1, hasFeatures: false),
            request(2, assignments: [("training.nothing", .int(1))]), request(3),
        ])
        func message(_ number: Int) throws -> String {
            let result = try result(events, number)
            #expect(result[key: "outcome"]?.stringValue == "failed" && objectives(result).isEmpty)
            return result[key: "message"]?.stringValue ?? ""
        }
        #expect(try message(0) == "found an objective that is not a number: nothing nan")
        #expect(try message(1) == "found no feature table for 'tiny'")
        #expect(try message(2).contains("found the unknown key 'training.nothing'"))
        #expect(try result(events, 3)[key: "outcome"]?.stringValue == "complete")
    }
}
