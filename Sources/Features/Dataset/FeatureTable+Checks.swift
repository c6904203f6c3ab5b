import Basics
import Tensors

/// What a table must be before anything is learned from it or scored on it. `hftml features` never writes another, but
/// tables are files.
extension FeatureTable {
    /// Refuses values and labels that are no finite numbers: clipping would hide them from a model, and its weights or
    /// its scaler would be spoilt. Refuses labels that end before their row too: they would escape purging.
    ///
    /// - Throws: ``Failure`` with code `features.undefined` naming feature, row, instrument and time.
    /// - Complexity: O(N·F), one pass.
    package func requireDefined() throws {
        let width = width
        let first = values.withPointer { pointer -> Int? in
            guard let pointer else { return nil }
            return (0..<values.count).first { !pointer[$0].isFinite }
        }
        if let first {
            let bad = values.withPointer { pointer in
                pointer.map { base in (0..<values.count).count { !base[$0].isFinite } } ?? 0
            }
            let (row, feature) = (first / width, first % width)
            throw undefined("\(values[first]) for the feature '\(featureNames[feature])'", row, more: bad - 1)
        }
        if let row = (0..<rowCount).first(where: { move($0).isInfinite || forwardReturn[$0].isInfinite }) {
            throw undefined("an infinite label", row, more: 0)
        }
        guard !labelEnd.isEmpty else { return }
        if let row = (0..<rowCount).first(where: { labelEnd[$0] < time[$0] && !move($0).isNaN }) {
            throw undefined("a label that ends at \(TimeText.utc(labelEnd[row])), before its row,", row, more: 0)
        }
    }

    private func undefined(_ what: String, _ row: Int, more: Int) -> Failure {
        Failure(
            "features.undefined",
            "found \(what) of \(instruments[Int(instrument[row])]) at \(TimeText.utc(time[row])) (row \(row))"
                + (more > 0 ? ", and \(more) more" : "") + ", expected finite numbers",
            hint: "make the table again with: hftml features")
    }

    /// Features with one value in all the given rows: nothing can be learned from them there.
    ///
    /// - Complexity: a feature is left at its first other value, so nearly O(F).
    package func constantFeatures(in ranges: [Range<Int>]) -> [Int] {
        guard let first = ranges.first?.first else { return [] }
        let width = width
        return values.withPointer { pointer in
            guard let pointer else { return [] }
            return (0..<width).filter { feature in
                let value = pointer[first * width + feature]
                return ranges.allSatisfy { $0.allSatisfy { pointer[$0 * width + feature] == value } }
            }
        }
    }
}
