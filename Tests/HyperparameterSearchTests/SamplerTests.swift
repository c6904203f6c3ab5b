import Basics
import Foundation
import HyperparameterSearch
import Testing

@Suite struct SamplerTests {
    /// Runs a study of one objective and returns its history.
    static func run(_ sampler: any Sampler, _ space: SearchSpace, trials: Int, _ f: (Point) -> Double) throws
        -> TrialHistory
    {
        let study = Study(space: space, sampler: sampler)
        while let trial = try study.ask(limit: trials) { try study.tell(trial, values: [f(trial.point)]) }
        return try study.history()
    }

    static func box(_ dimensions: Int) throws -> SearchSpace {
        try SearchSpace(
            (0..<dimensions).map { SearchParameter("x\($0)", .float(low: -1, high: 2, isLog: false, step: nil)) })
    }

    static func sphere(_ x: Point) -> Double { x.reduce(0) { $0 + ($1 - 0.7) * ($1 - 0.7) } }

    @Test(
        "every sampler stays in the space, keeps conditions and constraints, and repeats itself",
        arguments: ["random", "halton", "tpe", "cmaes", "gp", "nsga2"])
    func valid(_ name: String) throws {
        let space = try SpaceTests.space(SpaceTests.mixed, constraints: ["units <= 8 * depth"])
        for seed in 0..<3 {
            func once() throws -> [Point] {
                try SamplerTests.run(try Samplers.make(name, seed: UInt64(seed)), space, trials: 40) {
                    $0[0] + ($0[5].isNaN ? 0.1 : $0[5]) + $0[2] / 100
                }.trials.map(\.point)
            }
            let points = try once()
            for point in points {
                #expect(space.isFeasible(point))
                #expect(zip(space.completed(point), point).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
                for (index, parameter) in space.parameters.enumerated() where !point[index].isNaN {
                    #expect(parameter.value(parameter.json(point[index])) != nil, "\(parameter.name) \(point[index])")
                }
            }
            #expect(try once().map { $0.map(\.bitPattern) } == points.map { $0.map(\.bitPattern) })
            #expect(Set(points.map { $0.map(\.bitPattern) }).count > 20)
        }
    }

    @Test("those that learn find a minimum that blind ones do not", arguments: ["tpe", "cmaes", "gp"])
    func learns(_ name: String) throws {
        let space = try SamplerTests.box(5)
        var ours: [Double] = [], blind: [Double] = []
        for seed in 0..<7 {
            ours.append(
                try SamplerTests.run(
                    try Samplers.make(name, seed: UInt64(seed)), space, trials: 80, SamplerTests.sphere
                ).best?.values[0] ?? .infinity)
            blind.append(
                try SamplerTests.run(RandomSampler(seed: UInt64(seed)), space, trials: 80, SamplerTests.sphere).best?
                    .values[0] ?? .infinity)
        }
        #expect(ours.sorted()[3] < blind.sorted()[3] / 4, "\(ours.sorted()[3]) against \(blind.sorted()[3])")
    }

    @Test("a condition that matters is learnt: the right branch is taken more and more")
    func conditional() throws {
        let space = try SpaceTests.space(SpaceTests.mixed)
        let history = try SamplerTests.run(TPESampler(seed: 5), space, trials: 80) {
            ($0[4] == 1 ? abs($0[5] - 0.9) : 2) + abs(log10($0[0]) + 2) * 0.1
        }
        let late = history.trials.suffix(30).filter { $0.point[4] == 1 }
        // By chance it would be ten.
        #expect(late.count > 15)
        #expect((history.best?.values[0] ?? 9) < 0.15)
    }

    @Test("a grid tries every point once, and then says so")
    func grid() throws {
        let space = try SpaceTests.space(
            #"{"k": {"choice": ["a", "b"]}, "n": {"int": [1, 3], "when": {"k": ["a"]}}, "x": {"float": [0, 1]}}"#,
            constraints: ["n != 2"])
        let study = Study(space: space, sampler: GridSampler(divisions: 3))
        var points: Set<[UInt64]> = []
        #expect(throws: SearchError.exhausted) {
            while let trial = try study.ask(limit: 100) {
                #expect(points.insert(trial.point.map(\.bitPattern)).inserted)
                try study.tell(trial, values: [0])
            }
        }
        #expect(points.count == 9)  // a with n 1, 3 and b, times 3
    }

    @Test("a grid point that fails was tried: the grid goes on, in one process and in several, before and after")
    func failingGrid() throws {
        let space = try SpaceTests.space(#"{"a": {"int": [1, 6]}, "b": {"choice": [4, 8, 90]}}"#)
        let storage = MemoryStudyStorage(), first = Study(space: space, sampler: GridSampler(), storage: storage)
        var visits: [[UInt64]: Int] = [:]
        func tell(_ trial: Trial, _ study: Study) throws {
            visits[trial.point.map(\.bitPattern), default: 0] += 1
            try study.tell(trial, values: [trial.point[1] == 2 ? .nan : 1])
        }
        for _ in 0..<5 { try tell(try #require(try first.ask(limit: 100)), first) }
        // Begun anew; two processes that claim their trials before either proposes.
        let studies = (0..<2).map { _ in Study(space: space, sampler: GridSampler(), storage: storage) }
        for _ in 0..<4 {
            let claimed = try studies.map { _ in try #require(storage.begin(limit: 100)) }
            var proposals: [Proposal] = []
            for (study, trial) in zip(studies, claimed) {
                proposals.append(try study.sampler.propose(number: trial.number, try study.history()))
            }
            #expect(proposals[0] != proposals[1])
            for (index, trial) in claimed.enumerated() {
                storage.propose(trial.number, point: proposals[index].point, tag: 0)
                try tell(storage.trials()[trial.number], studies[index])
            }
        }
        #expect(throws: SearchError.exhausted) {
            while let trial = try studies[1].ask(limit: 100) { try tell(trial, studies[1]) }
        }
        #expect(visits.count == 18 && visits.values.allSatisfy { $0 == 1 })
        #expect(storage.trials().count { $0.state == .failed && !$0.point.isEmpty } == 6)
    }

    @Test("a study that goes on with a grid costs the same a trial at its end as at its beginning")
    func longGrid() throws {
        let space = try SpaceTests.space(#"{"a": {"int": [1, 100]}, "b": {"int": [1, 100]}}"#), sampler = GridSampler()
        var trials: [Trial] = []
        for number in 0..<10_000 {
            // The list grows by one, as a storage's does; telling is left out.
            trials.append(Trial(number: number))
            trials[number].point = try sampler.propose(
                number: number, TrialHistory(space: space, directions: [.minimize], trials: trials)
            ).point
            trials[number].state = .complete
        }
        #expect(Set(trials.map { $0.point.map(\.bitPattern) }).count == 10_000)
        #expect(throws: SearchError.exhausted) {
            try sampler.propose(
                number: 10_000, TrialHistory(space: space, directions: [.minimize], trials: trials))
        }
    }

    @Test(
        "no sampler comes back to a point that failed; where all failed, the search is at its end",
        arguments: Samplers.names)
    func failedPoints(_ name: String) throws {
        let space = try SpaceTests.space(#"{"a": {"choice": [1, 2, 3]}, "b": {"int": [1, 2]}}"#)
        let study = Study(space: space, sampler: try Samplers.make(name, seed: 3))
        var failed: [[UInt64]: Int] = [:]
        while let trial = try? study.ask(limit: 30) {
            let isBad = trial.point[0] == 1
            if isBad { failed[trial.point.map(\.bitPattern), default: 0] += 1 }
            try study.tell(trial, values: [isBad ? .nan : trial.point[1]])
        }
        #expect(!failed.isEmpty && failed.count <= 2 && failed.values.allSatisfy { $0 == 1 }, "\(failed)")
        let hopeless = Study(space: space, sampler: try Samplers.make(name, seed: 3))
        #expect(throws: SearchError.exhausted) {
            while let trial = try hopeless.ask(limit: 100) { try hopeless.tell(trial, values: [.nan]) }
        }
        #expect(Set(try hopeless.storage.trials().map { $0.point.map(\.bitPattern) }).count == 7, "six and none")
    }

    @Test("Halton points leave no interval out, in every dimension and pair")
    func halton() {
        for seed in 0..<5 {
            let points = (0..<256).map { Halton.point($0, dimensions: 12, seed: UInt64(seed)) }
            for d in 0..<12 {
                let bins = Dictionary(grouping: points) { Int($0[d] * 16) }
                #expect(
                    bins.count == 16 && bins.values.allSatisfy { (8...28).contains($0.count) },
                    "dimension \(d): \(bins.mapValues(\.count))")
                let mean = points.reduce(0) { $0 + $1[d] } / 256
                #expect(abs(mean - 0.5) < 0.03)
            }
            // The pairs that plain Halton sequences correlate.
            for (a, b) in [(10, 11), (8, 9), (5, 7)] {
                let covariance = points.reduce(0) { $0 + ($1[a] - 0.5) * ($1[b] - 0.5) } / 256
                #expect(abs(covariance * 12) < 0.25, "dimensions \(a), \(b): \(covariance * 12)")
            }
        }
    }

    @Test("impossible constraints are an error, not a loop")
    func infeasible() throws {
        let space = try SpaceTests.space(#"{"a": {"float": [0, 1]}}"#, constraints: ["a > 2"])
        for name in ["random", "halton", "tpe", "cmaes", "gp", "nsga2"] {
            #expect(throws: SearchError.infeasible(constraints: ["a > 2"], draws: 10_000), "\(name)") {
                try Study(space: space, sampler: try Samplers.make(name, seed: 1)).ask(limit: 1)
            }
        }
        #expect(
            try #require(#expect(throws: ConfigError.self) { try Samplers.make("tpa", seed: 1) }).hint
                == "did you mean 'tpe'?")
    }

    @Test("two objectives: the front is found, and no member beats another")
    func pareto() throws {
        // Schaffer's problem: x² and (x − 2)², front x in [0, 2].
        let space = try SearchSpace([
            SearchParameter("x", .float(low: -10, high: 10, isLog: false, step: nil)),
            SearchParameter("y", .float(low: -1, high: 1, isLog: false, step: nil)),
        ])
        for sampler: any Sampler in [NSGA2Sampler(seed: 1), TPESampler(seed: 1)] {
            let study = Study(space: space, directions: [.minimize, .maximize], sampler: sampler)
            while let trial = try study.ask(limit: 200) {
                let (x, y) = (trial.point[0], trial.point[1])
                try study.tell(trial, values: [x * x + y * y, -(x - 2) * (x - 2) - y * y])
            }
            let history = try study.history(), front = history.paretoFront
            #expect(front.count >= 10)
            #expect(front.filter { (-0.3...2.3).contains($0.point[0]) }.count >= front.count * 4 / 5)
            func losses(_ trial: Trial) -> [Double] { zip(trial.values, history.directions).map { $0 * $1.sign } }
            #expect(history.measured.count == 200)
            for a in front { for b in history.measured { #expect(!SamplerTests.dominates(losses(b), losses(a))) } }
        }
        #expect(ParetoOrder.fronts(LossTable([1, 1, 2, 2, 1, 2, 0, 3, 3, 3], width: 2)) == [[0, 3], [2], [1], [4]])
        #expect(ParetoOrder.crowding(LossTable([0, 2, 1, 1, 2, 0], width: 2)) == [.infinity, 2, .infinity])
    }

    /// By the definition: nowhere worse, and somewhere better.
    static func dominates(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy(<=) && a != b }

    @Test("fronts are those of the definition, also with equals, for one to four objectives", arguments: 0..<40)
    func fronts(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let width = 1 + seed % 4, count = random.index(below: 40)
        // Few different values, so that many are equal.
        let table = LossTable((0..<count * width).map { _ in Double(random.index(below: 6)) }, width: width)
        var left = Array(0..<count), expected: [[Int]] = []
        func row(_ k: Int) -> [Double] { (0..<width).map { table[k, $0] } }
        while !left.isEmpty {
            let front = left.filter { a in !left.contains { SamplerTests.dominates(row($0), row(a)) } }
            expected.append(front)
            left.removeAll(where: front.contains)
        }
        #expect(ParetoOrder.fronts(table) == expected)
        #expect(ParetoOrder.ranked(table).sorted() == Array(0..<count))
        #expect(Array(ParetoOrder.ranked(table).prefix(7)) == Array(ParetoOrder.ranked(table, limit: 7).prefix(7)))
    }

    @Test("workers that ask at the same time look in different places")
    func parallel() throws {
        let space = try SamplerTests.box(3)
        for name in ["tpe", "cmaes", "gp"] {
            let study = Study(space: space, sampler: try Samplers.make(name, seed: 2))
            for _ in 0..<20 {
                if let trial = try study.ask(limit: 1000) {
                    try study.tell(trial, values: [SamplerTests.sphere(trial.point)])
                }
            }
            let open = try (0..<8).compactMap { _ in try study.ask(limit: 1000)?.point }
            for i in open.indices {
                for j in 0..<i { #expect(zip(open[i], open[j]).contains { abs($0 - $1) > 1e-6 }, "\(name)") }
            }
        }
    }

    @Test("importance: shares of a known function, in order")
    func importance() throws {
        let space = try SamplerTests.box(4)
        // Variances 9 : 1 : 0 : 0 of the main effects, no interactions.
        let history = try SamplerTests.run(HaltonSampler(seed: 1), space, trials: 300) { 3 * $0[0] + $0[1] }
        let shares = ParameterImportance.functionalANOVA(history)
        #expect(shares.map(\.name).prefix(2) == ["x0", "x1"])
        #expect(abs(shares[0].share - 0.9) < 0.05 && abs(shares[1].share - 0.1) < 0.05, "\(shares)")
        #expect(shares[2].share < 0.02)
        #expect(
            ParameterImportance.functionalANOVA(
                try SamplerTests.run(RandomSampler(seed: 1), space, trials: 20) { _ in 1 }
            ).isEmpty)
    }
}
