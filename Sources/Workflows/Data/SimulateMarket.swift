import Basics
import ConfigurationFiles
package import MarketData

/// Makes bar files of a simulated market: a seed and a stated signal in, a directory of CSV files out.
package enum SimulateMarket {
    package struct Outcome: Sendable {
        package var files: Int
        package var bars: Int
        package var coefficient: Double
        package var signal: SimulationConfig.Signal
    }

    package static func run(config path: String?, output: String) throws -> Outcome {
        let config = try path.map { try SimulationConfig(try YAMLFile.read($0)) } ?? SimulationConfig()
        let simulator = MarketSimulator(config)
        let zone = try ExchangeZone("America/New_York")
        try Paths.makeDirectory(output)
        var bars = 0
        for index in 0..<config.instruments {
            let table = try simulator.bars(instrument: index)
            try table.writeCSV(to: Paths.join(output, "\(table.instrument)_5min.csv"), zone: zone)
            bars += table.count
        }
        return Outcome(files: config.instruments, bars: bars, coefficient: simulator.coefficient, signal: config.signal)
    }
}
