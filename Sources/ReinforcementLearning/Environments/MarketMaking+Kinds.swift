import Basics

extension EnvironmentKind {
    private static let shared = ["rate", "kappa", "sigma", "horizon", "cap", "steps"]

    static let marketMaking = EnvironmentKind(
        "market-making", "Quoting both sides with a running penalty on inventory, solved exactly.",
        keys: shared + ["running", "terminal"]
    ) { reader, context in
        var options = try quoting(reader, context, rate: 10, kappa: 1, sigma: 0.1, cap: 4)
        options.objective = .penalty(
            running: try reader.double("running", default: 0.5, in: 0...1e9),
            terminal: try reader.double("terminal", default: 0.001, in: 0...1e9))
        options.startsAnywhere = !context.isEvaluation
        return plan(options)
    }

    static let avellanedaStoikov = EnvironmentKind(
        "avellaneda-stoikov", "Quoting both sides under exponential utility (Avellaneda and Stoikov 2008).",
        keys: shared + ["aversion"]
    ) { reader, context in
        var options = try quoting(reader, context, rate: 140, kappa: 1.5, sigma: 2, cap: 100)
        options.objective = .exponential(aversion: try reader.double("aversion", default: 0.1, in: 1e-6...100))
        options.startsAnywhere = false
        return plan(options)
    }

    /// What both kinds read, with the values that each takes by default.
    private static func quoting(
        _ reader: ConfigReader, _ context: Context, rate: Double, kappa: Double, sigma: Double, cap: Int
    ) throws -> MarketMaking.Options {
        var options = MarketMaking.Options()
        options.rate = try reader.double("rate", default: rate, in: 1e-9...1e9)
        options.kappa = try reader.double("kappa", default: kappa, in: 1e-9...1e9)
        options.sigma = try reader.double("sigma", default: sigma, in: 0...1e9)
        options.horizon = try reader.double("horizon", default: 1, in: 1e-9...1e9)
        options.cap = try reader.int("cap", default: cap, in: 1...300)
        options.steps = try reader.int("steps", default: 200, in: 1...10_000_000)
        // The exact solution is kept for every step.
        guard options.steps * (2 * options.cap + 1) <= 50_000_000 else {
            throw ConfigError(
                "found \(options.steps) steps with a cap of \(options.cap)",
                at: reader.value("steps")?.mark ?? context.mark, hint: "use fewer steps or a lower cap")
        }
        return options
    }

    private static func plan(_ options: MarketMaking.Options) -> Plan {
        let solution = MarketMaking.solution(options)
        return Plan { MarketMaking(options, solution: solution) }
    }
}
