import Basics
import Foundation
import HyperparameterSearch
import Testing

@Suite struct SpaceTests {
    static func space(_ json: String, constraints: [String] = []) throws -> SearchSpace {
        try SearchSpace(parameters: try JSONParser.parse(json), constraints: constraints.map { .string($0) })
    }

    static let mixed = """
        {"rate": {"float": [0.0001, 0.1], "scale": "log"}, "share": {"float": [0, 1], "step": 0.25}, "units": {"int": \
        [8, 64], "step": 8}, "depth": {"int": [1, 200], "scale": "log"},
         "kind": {"choice": ["adam", "sgd", "adamw"]}, "momentum": {"float": [0, 0.99], "when": {"kind": ["sgd"]}}, \
        "nesterov": {"choice": [true, false], "when": {"kind": ["sgd"]}},
         "decay": {"float": [0.001, 1], "scale": "log", "when": {"kind": ["adamw"]}}, "epochs": 5}
        """

    @Test("places in the unit interval and values map to each other, over many draws")
    func units() throws {
        let space = try SpaceTests.space(SpaceTests.mixed)
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            let point = space.point(units: space.parameters.map { _ in random.uniform() })
            for (index, parameter) in space.parameters.enumerated() where !point[index].isNaN {
                let unit = parameter.unit(value: point[index])
                #expect((0...1).contains(unit))
                #expect(
                    abs(parameter.value(unit: unit) - point[index]) <= 1e-12 * max(1, abs(point[index])),
                    "\(parameter.name)")
                #expect(parameter.value(parameter.json(point[index])) == point[index])
            }
            let isSGD = point[4] == 1
            #expect(point[5].isNaN == !isSGD && point[6].isNaN == !isSGD && point[7].isNaN == (point[4] != 2))
            #expect(point[8] == 0)
            #expect(
                space.point { name in space.assignments(point).first { $0.0 == name }?.1 }.map {
                    zip($0, point).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
                } == true)
        }
    }

    @Test("a space read back from canonical JSON has its parameters in the same order")
    func canonical() throws {
        let space = try SpaceTests.space(SpaceTests.mixed, constraints: ["units <= 8 * depth"])
        let back = try SearchSpace(json: try JSONParser.parse(space.json.text(.canonical)))
        #expect(back == space && back.parameters.map(\.name) == space.parameters.map(\.name))
        #expect(space.parameters[4].json(7) == .null && space.parameters[2].json(.nan) == .null)
    }

    @Test("ends of ranges can be drawn, discrete values alike often, logarithmic ones by ratio")
    func shares() throws {
        let space = try SpaceTests.space(
            #"{"n": {"int": [1, 4]}, "m": {"int": [1, 100], "scale": "log"}, "s": {"float": [0, 1], "step": 0.5}}"#)
        #expect(space.parameters[0].value(unit: 0) == 1 && space.parameters[0].value(unit: 1) == 4)
        #expect(space.parameters[1].value(unit: 0) == 1 && space.parameters[1].value(unit: 1) == 100)
        var counts = [Int](repeating: 0, count: 5), small = 0
        for k in 0..<10_000 {
            let unit = (Double(k) + 0.5) / 10_000
            counts[Int(space.parameters[0].value(unit: unit))] += 1
            if space.parameters[1].value(unit: unit) <= 10 { small += 1 }
        }
        #expect(counts[1...4].allSatisfy { abs($0 - 2500) <= 1 })
        #expect((5400...5900).contains(small), "log(10.5/0.5) / log(100.5/0.5) = 0.574, found \(small)")
        #expect([0, 0.4, 0.99].map { space.parameters[2].value(unit: $0) } == [0, 0.5, 1])
    }

    @Test(
        "mistakes are named",
        arguments: [
            (#"{"a": {"float": [1, 0]}}"#, "lower and an upper bound"),
            (#"{"a": {"float": [0, 1], "scale": "log"}}"#, "not positive"),
            (#"{"a": {"int": [1.5, 2]}}"#, "lower and an upper"),
            (#"{"a": {"float": [0, 1], "int": [0, 1]}}"#, "expected one"),
            (#"{"a": {"choice": []}}"#, "list of values"), (#"{"a": {"flaot": [0, 1]}}"#, "flaot"),
            (#"{"a": {"float": [0, 1], "when": {"b": [1]}}}"#, "depends on 'b'"),
            (#"{"b": {"choice": [1, 2]}, "a": {"float": [0, 1], "when": {"b": [3]}}}"#, "never has"),
            (#"{"a": {"int": [-9223372036854775807, 9223372036854775807]}}"#, "no longer exact"),
            (#"{"a": {"int": [0, 9007199254740992]}}"#, "no longer exact"),
            (#"{"a": {"float": [0, 1], "step": 1e-300}}"#, "too wide"),
            (#"{"a": {"float": [-1e308, 1e308]}}"#, "too wide"), (#"{"a": {"int": [1, 2], "scale": "lgo"}}"#, "'lgo'"),
            (#"{"a": {"choice": [1], "step": 1}}"#, "without scale and step"), ("{}", "a map of names"),
        ])
    func mistakes(_ json: String, _ text: String) throws {
        let error = #expect(throws: ConfigError.self) { try SpaceTests.space(json) }
        #expect(error?.problem.contains(text) == true, "\(error?.problem ?? "")")
    }

    @Test("constraints: arithmetic, precedence, parameters that do not exist, and mistakes")
    func constraints() throws {
        func holds(_ text: String, _ values: [String: Double]) throws -> Bool {
            try Constraint(.string(text)).holds { values[$0] }
        }
        #expect(try holds("a.units <= 2 * b.units + 1", ["a.units": 9, "b.units": 4]))
        #expect(try !holds("a.units < 2 * b.units + 1", ["a.units": 9, "b.units": 4]))
        #expect(try holds("-(x - 3) * 2 >= 1e1 / 5", ["x": 2]))
        #expect(try holds("x != 2", ["x": 3]) && !holds("x == 2", ["x": 3]) && holds("x > 2", ["x": 3]))
        #expect(try holds("missing > 5", [:]))
        for wrong in [
            "a", "a <", "<= b", "a <= b c", "a <= (b", "a ** b <= 2", "1..2 <= a",
            String(repeating: "(", count: 500) + "1 <= a", "", "a <= 1e999",
        ] {
            #expect(throws: ConfigError.self, "\(wrong)") { try Constraint(.string(wrong)) }
        }
        let error = #expect(throws: ConfigError.self) {
            try SpaceTests.space(#"{"units": {"int": [1, 4]}}"#, constraints: ["unit < 3"])
        }
        #expect(error?.hint == "did you mean 'units'?")
        // Anything at all is read or refused.
        var random = SeededRandom(seed: 1)
        let alphabet = Array("ab.1e+-*/()<>=! ")
        for _ in 0..<20_000 {
            let text = String((0..<random.index(below: 24)).map { _ in alphabet[random.index(below: alphabet.count)] })
            if let constraint = try? Constraint(.string(text)) { _ = constraint.holds { _ in 1 } }
        }
    }
}
