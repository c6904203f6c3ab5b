package import Basics

/// What a feature table covers, whatever file holds it: two tables that cover the same are the same ground for the
/// count of trials.
package struct DataGround: Sendable, Equatable {
    /// One instrument's samples.
    package struct Stretch: Sendable, Equatable {
        package let instrument: String
        package let first: Nanoseconds
        package let last: Nanoseconds

        package init(instrument: String, first: Nanoseconds, last: Nanoseconds) {
            (self.instrument, self.first, self.last) = (instrument, first, last)
        }
    }

    /// Digest of the bars that the table names; empty where it names none.
    package let source: String
    /// Of every instrument one.
    package let stretches: [Stretch]
    /// The least hashes of time and return over all samples: tables that share samples share marks, whatever their
    /// instruments are called.
    package let marks: [Int64]

    /// Marks that a table has at most.
    package static let mostMarks = 256
    /// Marks that two tables must share to be the same ground by them.
    static let leastShared = 3
    /// Share of the smaller table's time that must be common to be the same ground by instruments and times.
    static let smallShare = 0.05

    /// A ground from what a table says of itself.
    package init(source: String, stretches: [Stretch], marks: [Int64]) {
        (self.source, self.stretches, self.marks) = (source, stretches, marks)
    }
}
