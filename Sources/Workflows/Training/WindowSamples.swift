import Basics
import Features
import NeuralNetworks
import Tensors

/// The adapter between windows of a table and a network: a window is one contiguous copy, scaled on the way.
struct WindowSamples: SampleSource {
    let table: FeatureTable
    let window: Int
    let scaler: Scaler
    let label: LabelSpec
    let ends: SampleRows

    init(table: FeatureTable, window: Int, scaler: Scaler, label: LabelSpec, ends: SampleRows) {
        (self.table, self.window, self.scaler, self.label, self.ends) = (table, window, scaler, label, ends)
    }

    init(_ dataset: WindowedDataset, ends: SampleRows) {
        self.init(
            table: dataset.table, window: dataset.window, scaler: dataset.scaler, label: dataset.label, ends: ends)
    }

    var count: Int { ends.count }

    func gather(
        _ indices: UnsafeBufferPointer<Int32>, inputs: UnsafeMutablePointer<Float>, targets: UnsafeMutablePointer<Float>
    ) {
        let size = window * table.width
        for (position, index) in indices.enumerated() {
            let end = ends[Int(index)], move = table.move(end)
            table.copyWindow(endingAt: end, rows: window, scaler: scaler, into: inputs + position * size)
            targets[position] = move.isNaN ? 0 : label.target(move)
        }
    }
}
