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

    @Test("every kind of parameter stands once, with a summary, and reads back what it describes")
    func distributions() throws {
        #expect(Distributions.kinds.duplicates.isEmpty)
        #expect(Distributions.kinds.names == ["float", "int", "choice"])
        for entry in Distributions.kinds.entries {
            #expect(entry.name == entry.value.kind && entry.summary.hasSuffix("."), "\(entry.name)")
        }
        for text in [
            #"{"float": [0.5, 2], "scale": "log"}"#, #"{"float": [0, 1], "step": 0.25}"#, #"{"float": [-1, 2]}"#,
            #"{"int": [-3, 9], "step": 4}"#, #"{"int": [1, 100], "scale": "log"}"#, #"{"choice": ["a", 2, true]}"#,
        ] {
            let parameter = try SearchParameter("p", try JSONParser.parse(text))
            let back = try SearchParameter("p", .map(parameter.distribution.description))
            #expect(back == parameter && back.distribution.count == parameter.count, "\(text)")
            for place in [0, 0.1, 0.5, 0.9, 1] {
                let value = parameter.value(unit: place)
                #expect(abs(parameter.value(unit: parameter.unit(value: value)) - value) <= 1e-12, "\(text)")
                #expect(parameter.value(parameter.json(value)) == value, "\(text)")
            }
        }
        let error = #expect(throws: ConfigError.self) { try SpaceTests.space(#"{"a": {"itn": [1, 2]}}"#) }
        #expect(error?.hint == "did you mean 'int'?")
        let both = #expect(throws: ConfigError.self) { try SpaceTests.space(#"{"a": {"int": [1, 2], "choice": [1]}}"#) }
        #expect(both?.problem == "found 2 of float, int and choice at 'a', expected one")
    }

    @Test("a grid over more values than anybody can count ends at its limit")
    func hugeGrid() throws {
        let space = try SpaceTests.space(#"{"a": {"int": [0, 9007199254740991]}, "b": {"int": [0, 4000000000]}}"#)
        let points = GridSampler().points(space, limit: 10)
        #expect(points.map { $0[1] } == (0..<10).map(Double.init) && points.allSatisfy { $0[0] == 0 })
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
