import Basics
import Registry
import TestSupport
import Testing

/// Names that models and aliases can be given, and those that could be taken for another's.
@Suite struct NameTests {
    private let directory: TemporaryDirectory
    private let registry: RegistryDatabase
    private let run = RegistryTests.run()

    init() throws {
        directory = try TemporaryDirectory()
        registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "tests")
        try registry.start(run, parameters: [])
    }

    private func code(_ work: () throws -> Void) -> String? {
        do { try work() } catch { return (error as? Failure)?.code }
        return nil
    }

    @Test(
        "a model's name leads nowhere else, holds no sign that is not seen, and is not a known one in capital letters",
        arguments: [
            "", ".", "..", "a..b", "../m", "m/1", ".m", "-m", "m.", "M", "ｍ", "größe", "м", "a b", "m\n", "m\u{200B}",
            "m\u{0}",
            String(repeating: "m", count: 201),
        ])
    func models(_ name: String) throws {
        _ = try registry.register(model: "m", run: run.id, weights: "w")
        #expect(code { _ = try registry.register(model: name, run: run.id, weights: "w") } == "registry.name")
        #expect(try registry.versions().map(\.reference) == ["m/1"])
    }

    @Test("an alias that differs from a known one in capital letters alone is refused, of any model and of the order")
    func aliases() throws {
        let one = try registry.register(model: "one", run: run.id, weights: "w")
        let two = try registry.register(model: "two", run: run.id, weights: "w")
        for name in ["Champion", "CHAMPION", "..", "x/../y", "7", "a\tb"] {
            #expect(code { try registry.setAlias(name, of: one, reason: "") } == "registry.alias-name", "\(name)")
        }
        try registry.setAlias("challenger", of: one, reason: "")
        #expect(code { try registry.setAlias("Challenger", of: two, reason: "") } == "registry.alias-name")
        #expect(
            code { try registry.setAlias("Shadow", of: two, reason: "", order: ["shadow", "champion"]) }
                == "registry.alias-name")
        try registry.setAlias("champion", of: two, reason: "")
        #expect(try registry.version("two@champion").reference == "two/1")
    }
}
