import Basics
import HyperparameterSearch
import Registry
import TestSupport
import Testing
import Workflows

/// The storages of studies beside each other, and what only a shared one can do.
@Suite struct StudyStorageTests {
    private static let space = Result {
        try SearchSpace(parameters: JSONParser.parse(#"{"a": {"float": [0, 1]}}"#), constraints: [])
    }

    /// A study in a registry of its own.
    private struct Shared {
        let directory: TemporaryDirectory
        let registry: RegistryDatabase

        init() throws {
            directory = try TemporaryDirectory()
            registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
            _ = try registry.openStudy("s", experiment: "e", definition: "{}")
        }

        func open() throws -> RegistryStudyStorage {
            RegistryStudyStorage(registry, study: "s", space: try StudyStorageTests.space.get())
        }
    }

    @Test("the storage in memory keeps to the contract")
    func memory() throws {
        let storage = MemoryStudyStorage()
        try checkStudyStorage { storage }
    }

    @Test("the storage in the registry keeps to the contract")
    func registry() throws {
        let shared = try Shared()
        try checkStudyStorage { try shared.open() }
    }

    @Test("a trial whose worker was lost is given out twice more at its point, and then a new one")
    func lostWorkers() throws {
        let shared = try Shared(), storage = try shared.open()
        let original = try #require(try storage.begin(limit: 1))
        try storage.propose(original.number, point: [0.75], tag: 4)
        var last = original.number
        for _ in 0..<2 {
            try storage.release(last)
            let retry = try #require(try shared.open().begin(limit: 1), "a retry takes no new place")
            #expect(retry.retryOf == last && retry.point == [0.75] && retry.tag == 4)
            last = retry.number
        }
        try storage.release(last)
        let fresh = try #require(try storage.begin(limit: 1))
        #expect(fresh.retryOf == nil && fresh.point.isEmpty)
        #expect(try storage.trials().map(\.state) == [.failed, .failed, .failed, .running])
        #expect(try storage.trials().map(\.retryOf) == [nil, 0, 1, nil])
    }

    @Test("a trial that was given back before it had a point is not given out again, and its worker cannot end it")
    func givenBack() throws {
        let shared = try Shared(), storage = try shared.open()
        let first = try #require(try storage.begin(limit: 1))
        try storage.release(first.number)
        try storage.finish(first.number, state: .complete, values: [1])
        #expect(try storage.trials()[0].state == .running, "it is no longer this worker's")
        let second = try #require(try storage.begin(limit: 1))
        #expect(second.number == 1 && second.retryOf == nil)
        #expect(try storage.trials()[0].state == .failed)
    }

    @Test("workers that begin at the same moment get different numbers, and together no more than the limit")
    func concurrent() async throws {
        let shared = try Shared(), registry = shared.registry, space = try Self.space.get()
        let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let storage = RegistryStudyStorage(registry, study: "s", space: space)
                    var taken: [Int] = []
                    while let trial = try storage.begin(limit: 30) { taken.append(trial.number) }
                    return taken
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.sorted() == Array(0..<30))
    }
}
