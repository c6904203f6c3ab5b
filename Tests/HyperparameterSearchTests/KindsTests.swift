import Basics
import HyperparameterSearch
import Testing

/// The tables of samplers and pruners, and the errors that callers branch on.
@Suite struct KindsTests {
    @Test("every sampler stands once, with a summary, under its own name")
    func samplers() throws {
        #expect(Samplers.kinds.duplicates.isEmpty)
        #expect(Samplers.names == ["random", "grid", "halton", "tpe", "cmaes", "gp", "nsga2"])
        for entry in Samplers.kinds.entries {
            #expect(entry.name == entry.value.kind && entry.summary.hasSuffix("."), "\(entry.name)")
            #expect(type(of: try Samplers.make(entry.name, seed: 1)) == entry.value)
        }
        let error = try #require(#expect(throws: ConfigError.self) { try Samplers.make("cmase", seed: 1) })
        #expect(error.problem.hasPrefix("found the unknown sampler 'cmase', expected one of random, grid, "))
        #expect(error.hint == "did you mean 'cmaes'?")
    }

    @Test("every pruner stands once, with a summary, and takes each of its options once")
    func pruners() throws {
        #expect(Pruners.kinds.duplicates.isEmpty)
        #expect(Pruners.names == ["none", "median", "asha", "hyperband", "patience", "wilcoxon"])
        for entry in Pruners.kinds.entries {
            #expect(entry.name == entry.value.kind && entry.summary.hasSuffix("."), "\(entry.name)")
            #expect(Set(entry.value.keys).count == entry.value.keys.count, "\(entry.name)")
            #expect(type(of: try Pruners.make(.string(entry.name), maximumSteps: 9)) == entry.value)
        }
        let node = try JSONParser.parse(#"{"kind": "medain"}"#, file: "s")
        let error = try #require(#expect(throws: ConfigError.self) { try Pruners.make(node, maximumSteps: 9) })
        #expect(error.message.hasPrefix("s:1:10: found the unknown pruner 'medain', expected one of none, "))
        #expect(error.hint == "did you mean 'median'?")
        #expect(throws: ConfigError.self) { try Pruners.make(.map([]), maximumSteps: 9) }
    }

    @Test("a grid that is finished says so by its case, and keeps its code")
    func exhausted() throws {
        let space = try SpaceTests.space(#"{"a": {"int": [1, 2]}}"#)
        let study = Study(space: space, sampler: GridSampler(seed: 1))
        for _ in 0..<2 { _ = try study.ask(limit: 9) }
        #expect(throws: SearchError.exhausted) { try study.ask(limit: 9) }
        #expect(SearchError.exhausted.code == "search.exhausted")
        let infeasible = SearchError.infeasible(constraints: ["a < b", "b < 1"], draws: 7)
        #expect(infeasible.code == "search.infeasible")
        #expect(infeasible.message == "found no point that satisfies 'a < b' and 'b < 1' in 7 draws")
    }
}
