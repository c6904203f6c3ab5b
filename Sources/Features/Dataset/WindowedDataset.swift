import Basics
import Tensors

/// Samples of a feature table: each is `window` consecutive rows of one segment, ending at a row that has a label.
package struct WindowedDataset: Sendable {
    package let table: FeatureTable
    package let window: Int
    /// Last row of each training, validation and test sample.
    package let training: [Int32]
    package let validation: [Int32]
    package let test: [Int32]
    package let scaler: Scaler
    /// Scaled features, `[N][F]`.
    package let scaled: FloatBuffer
    package let targets: [Float]

    /// Ends of all windows that lie in one segment; with `labelled`, only those with a label.
    package static func ends(_ table: FeatureTable, window: Int, labelled: Bool = true) -> [Int32] {
        (0..<table.rowCount).compactMap { row in
            let first = row - window + 1
            guard first >= 0, table.segment[first] == table.segment[row], !labelled || !table.forwardReturn[row].isNaN
            else { return nil }
            return Int32(row)
        }
    }

    /// Splits, fits the scaler on the rows of the training windows alone, and scales.
    ///
    /// - Throws: ``Failure`` when a part has no samples.
    package init(_ table: FeatureTable, window: Int, split: SplitSpec) throws {
        self.table = table
        self.window = window
        let ends = WindowedDataset.ends(table, window: window)
        let times = Array(Set(ends.map { table.time[Int($0)] })).sorted()
        let position = Dictionary(uniqueKeysWithValues: times.enumerated().map { ($0.element, $0.offset) })
        let (allTraining, testSpan) = split.positions(count: times.count, horizon: table.label.horizon)
        // Validation is the end of the training times, purged against it in the same way.
        let cut = allTraining.count - Int((Double(allTraining.count) * split.validation).rounded())
        let isValidation = Set(allTraining[cut...])
        let firstValidation = allTraining.indices.contains(cut) ? allTraining[cut] : Int.max
        let isTraining = Set(
            allTraining[..<cut].filter { $0 + table.label.horizon < firstValidation || $0 > firstValidation })
        var training: [Int32] = [], validation: [Int32] = [], test: [Int32] = []
        for end in ends {
            guard let p = position[table.time[Int(end)]] else { continue }
            if isTraining.contains(p) {
                training.append(end)
            } else if isValidation.contains(p) {
                validation.append(end)
            } else if testSpan.contains(p) {
                test.append(end)
            }
        }
        guard !training.isEmpty, !validation.isEmpty, !test.isEmpty else {
            throw Failure(
                "features.no-samples",
                "found \(training.count) training, \(validation.count) validation and \(test.count) test windows of \(window) rows",
                hint: "use a shorter window, more data, or another split")
        }
        var inTraining = [Bool](repeating: false, count: table.rowCount)
        for end in training { for row in Int(end) - window + 1...Int(end) { inTraining[row] = true } }
        let scaler = Scaler(fitting: table, rows: inTraining.indices.filter { inTraining[$0] })
        (self.training, self.validation, self.test, self.scaler) = (training, validation, test, scaler)
        scaled = WindowedDataset.scale(table, scaler)
        targets = table.forwardReturn.map { $0.isNaN ? 0 : table.label.target($0) }
    }

    /// All rows scaled.
    package static func scale(_ table: FeatureTable, _ scaler: Scaler) -> FloatBuffer {
        let buffer = FloatBuffer(table.values)
        for row in 0..<table.rowCount { scaler.apply(buffer.pointer + row * table.width) }
        return buffer
    }
}
