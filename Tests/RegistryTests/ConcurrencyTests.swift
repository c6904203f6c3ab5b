import Basics
import Foundation
import Registry
import Synchronization
import TestSupport
import Testing

/// Many readers beside one writer.
@Suite struct ConcurrencyTests {
    @Test("200 reads beside a writer through one registry each see one whole state of the file")
    func readersBesideWriter() async throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let run = RegistryTests.run()
        try registry.start(run, parameters: [])
        let reads = 200, isDone = Atomic<Bool>(false)
        // Each write logs the same value under two names, in one transaction: a read between them would tell.
        async let written = Task.detached {
            var count = 0
            while !isDone.load(ordering: .acquiring) || count < 20 {
                count += 1
                try registry.log(
                    [MetricValue("a", step: count, Double(count)), MetricValue("b", step: count, Double(count))],
                    run: run.id)
            }
            return count
        }.value
        let seen = try await withThrowingTaskGroup(of: [String: Double].self) { group in
            for index in 0..<reads {
                group.addTask {
                    index % 2 == 0
                        ? try registry.latestMetrics(run: run.id)
                        : Dictionary(
                            try registry.contents(of: [run.id])[0].metrics.map { ($0.key, $0.value) }
                        ) { $1 }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        isDone.store(true, ordering: .releasing)
        let count = try await written
        #expect(seen.count == reads)
        for metrics in seen { #expect(metrics["a"] == metrics["b"], "\(metrics)") }
        #expect(try registry.latestMetrics(run: run.id) == ["a": Double(count), "b": Double(count)])
        #expect(try registry.history(run: run.id, metric: "a").count == count)
    }

    @Test("what was written is read at once, also by readers that were opened before")
    func readsOwnWrites() async throws {
        let directory = try TemporaryDirectory(),
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    let run = RegistryTests.run()
                    try registry.start(run, parameters: [("p", run.id)])
                    #expect(try registry.run(run.id).id == run.id)
                    #expect(try registry.parameters(run: run.id).map(\.1) == [run.id])
                    return run.id
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(try registry.runs(limit: 100).map(\.id)) == Set(ids))
        #expect(registry.appendedEntries == 40)
        #expect(try registry.verify() == [])
    }
}
