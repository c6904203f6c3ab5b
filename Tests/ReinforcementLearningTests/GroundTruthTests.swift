import Basics
import Foundation
import ReinforcementLearning
import Testing

/// The closed forms against the digits of the specification (rl-ground-truth.md).
@Suite struct GroundTruthTests {
    @Test("section 1: values of the momentum chain")
    func momentum() {
        let q = MomentumChain().optimalValues(discount: 0.99)
        func value(_ p: Int, _ m: Int) -> Double { (0..<3).map { q[((p + 1) * 2 + m) * 3 + $0] }.max() ?? 0 }
        for (p, m, v) in [
            (-1, 0, 0.7208), (-1, 1, 0.7128), (0, 0, 0.7168), (0, 1, 0.7168), (1, 0, 0.7128), (1, 1, 0.7208),
        ] { #expect(abs(value(p, m) - v) < 5e-5) }
        for (a, v) in [0.7168, 0.709632, 0.694464].enumerated() {
            #expect(abs(q[2 * 3 + a] - v) < 1e-9)
            #expect(abs(q[3 * 3 + 2 - a] - v) < 1e-9)
        }
    }

    @Test("section 2: Almgren-Chriss schedules and their cost")
    func almgrenChriss() {
        let rows: [(Double, [Double], Double)] = [
            (0, [800000, 600000, 400000, 200000], 662_500),
            (1e-6, [541955.5544, 289854.2194, 147897.4878, 62141.8016], 1_275_355.5584),
            (2e-6, [428598.8457, 182932.8143, 76295.7216, 27643.3774], 1_544_577.7414),
            (1e-5, [177868.3097, 31636.1962, 5621.6280, 969.2462], 2_140_062.7645),
        ]
        for (aversion, held, cost) in rows {
            let problem = AlmgrenChriss(aversion: aversion)
            for (k, x) in held.enumerated() { #expect(abs(problem.optimalHolding(after: k + 1) * 1e6 - x) < 1e-3) }
            #expect(abs(-problem.optimum * problem.money - cost) < 1e-3 * 1.5)
        }
    }

    @Test("section 3: optimal liquidation, both cases")
    func liquidation() {
        let first = RunningPenaltyLiquidation(
            start: 1, horizon: 1, steps: 100, temporary: 0.001, permanent: 0.001, running: 0.01, terminal: 0.1)
        for (t, q, v) in [
            (0.0, 1.0, 3.1729295540), (0.25, 0.4506372776, 1.4485239087), (0.5, 0.1979010785, 0.6775915608),
            (0.75, 0.0754308645, 0.3526756408), (1, 0.0026121024, 0.2599041846),
        ] {
            #expect(abs(first.optimum(at: t).held - q) < 1e-9)
            #expect(abs(first.optimum(at: t).rate - v) < 1e-9)
        }
        #expect(abs(first.valueCoefficient(at: 0) + 0.0036729296) < 1e-9)
        let second = RunningPenaltyLiquidation(
            start: 10, horizon: 1, steps: 100, temporary: 0.01, permanent: 0, running: 0.001, terminal: 0.05)
        #expect(abs(second.optimum(at: 0).rate - 8.7277759467) < 1e-9)
        #expect(abs(second.optimum(at: 0.5).held - 5.7431670517) < 1e-9)
        #expect(abs(second.optimum(at: 1).held - 1.6302126525) < 1e-9)
        #expect(abs(second.valueCoefficient(at: 0) + 0.0087277759) < 1e-9)
    }

    @Test("section 3: the environment pays the closed form what it is worth, as steps get shorter")
    func liquidationEnvironment() throws {
        for (steps, tolerance) in [(50, 2e-3), (500, 3e-5)] {
            let factory = try EnvironmentFactory(.map([("kind", .string("liquidation")), ("steps", .int(steps))]))
            let earned = try PolicyEvaluation.run(
                Policy(.reference(1)), episodes: 1, seed: 1, threads: 1, environment: { try factory.make() })
            #expect(abs(earned.mean + 1) < tolerance, "\(steps) steps: \(earned.mean)")
        }
    }

    @Test("section 4: Avellaneda-Stoikov quotes")
    func avellanedaStoikov() {
        for (aversion, q, t, spread, bid, ask) in [
            (0.1, 0, 0.0, 1.6907704228, 0.8453852114, 0.8453852114),
            (0.1, 2, 0, 1.6907704228, 1.6453852114, 0.0453852114),
            (0.1, -3, 0.5, 1.4907704228, 0.1453852114, 1.3453852114),
            (0.01, 0, 0, 1.3689085437, 0.6844542719, 0.6844542719),
            (0.01, 2, 0, 1.3689085437, 0.7644542719, 0.6044542719),
        ] {
            let quotes = MarketMaking.avellanedaStoikov(
                aversion: aversion, sigma: 2, kappa: 1.5, timeLeft: 1 - t, inventory: q)
            #expect(abs(quotes.bid + quotes.ask - spread) < 1e-9)
            #expect(abs(quotes.bid - bid) < 1e-9)
            #expect(abs(quotes.ask - ask) < 1e-9)
        }
    }

    @Test("section 4: 20,000 paths of the simulation earn what the specification's did")
    func avellanedaStoikovSimulation() throws {
        let factory = try EnvironmentFactory(.string("avellaneda-stoikov"), isEvaluation: true)
        // Inventory strategy 64.85 ± 0.05, symmetric 67.98 ± 0.09.
        for (reference, wealth, tolerance) in [(1, 64.85, 0.3), (0, 67.98, 0.5)] {
            let result = try PolicyEvaluation.run(
                Policy(.reference(reference)), episodes: 20_000, seed: 1, threads: 2,
                environment: { try factory.make() })
            #expect(abs(result.measures[0] - wealth) < tolerance, "\(result.measures[0])")
        }
    }

    @Test("section 5: values and quotes of market making with a cap")
    func marketMaking() {
        let rows: [(MarketMakingSolution, [Double], [(Int, Double, Double)])] = [
            (
                MarketMakingSolution(
                    rate: 1, kappa: 100, running: 1e-5, terminal: 1e-4, horizon: 30, cap: 3, steps: 300),
                [0.2053483021, 0.2045260609],
                [(0, 0.0108222412, 0.0108222412), (1, 0.0127555701, 0.0091777588), (2, 0.0162411298, 0.0072444299)]
            ),
            (
                MarketMakingSolution(rate: 10, kappa: 1, running: 0.5, terminal: 0.001, horizon: 1, cap: 4, steps: 200),
                [6.3728365290, 6.1766473097],
                [(0, 1.1961892193, 1.1961892193), (1, 1.5806601666, 0.8038107807), (2, 1.9471082505, 0.4193398334)]
            ),
            (
                MarketMakingSolution(
                    rate: 10, kappa: 1, running: 0.5, terminal: 0.001, horizon: 1, cap: 10, steps: 200),
                [6.3806037221, 6.1849413682],
                [(0, 1.1956623538, 1.1956623538), (1, 1.5786471423, 0.8043376462), (2, 1.9397182166, 0.4213528577)]
            ),
            (
                MarketMakingSolution(
                    rate: 140, kappa: 1.5, running: 0.01, terminal: 0.001, horizon: 1, cap: 100, steps: 100),
                [68.2558347619, 68.2503642797],
                [(0, 0.6721371488, 0.6721371488), (1, 0.6830777834, 0.6611961845), (2, 0.6940174287, 0.6502555500)]
            ),
        ]
        for (solution, values, quotes) in rows {
            for (q, value) in values.enumerated() {
                #expect(
                    abs(solution.value(step: 0, inventory: q) - value) < 1e-8,
                    "\(solution.value(step: 0, inventory: q)) \(value)")
            }
            for (q, bid, ask) in quotes {
                #expect(abs(solution.bidDepth(step: 0, inventory: q) - bid) < 1e-8)
                #expect(abs(solution.askDepth(step: 0, inventory: q) - ask) < 1e-8)
            }
        }
        let half = rows[1].0
        #expect(abs(half.value(step: 100, inventory: 0) - 3.3239447231) < 1e-8)
        #expect(abs(half.bidDepth(step: 100, inventory: 1) - 1.5084050742) < 1e-8)
        #expect(abs(half.askDepth(step: 100, inventory: 1) - 0.8300884651) < 1e-8)
    }

    @Test(
        """
        section 5: the environment pays the exact policy its value, and the risk-neutral one what the specification \
        found
        """
    )
    func marketMakingSimulation() throws {
        let factory = try EnvironmentFactory(
            .map([("kind", .string("market-making")), ("steps", .int(1000))]), isEvaluation: true)
        // 40,000 paths in the specification: 6.385 ± 0.013 (theory 6.3728) and 5.594 ± 0.014.
        for (reference, value) in [(1, 6.3728), (0, 5.594)] {
            let result = try PolicyEvaluation.run(
                Policy(.reference(reference)), episodes: 20_000, seed: 3, threads: 2,
                environment: { try factory.make() })
            #expect(abs(result.mean - value) < 5 * result.standardError, "\(result.mean) ± \(result.standardError)")
        }
    }

    @Test("section 6: the trading rule of Gârleanu and Pedersen")
    func garleanuPedersen() {
        let (rate, aim) = GarleanuPedersen().solution
        #expect(abs(rate - 0.7277580257) < 1e-9)
        #expect(abs(aim - 2.3304030479) < 1e-9)
        #expect(abs(1 - rate - 0.272241974293) < 1e-9)
        #expect(abs(rate * aim - 1.695969521224) < 1e-9)
    }
}
