using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Cvmfs.Net.Testing;

/// <summary>Properties over random input, with a fixed seed. A failure names the seed, the original and the shrunk case.</summary>
public static class Properties
{
    /// <summary>Cases per property.</summary>
    public const int DefaultCases = 10_000;

    /// <summary>Longest generated array or string.</summary>
    public const int DefaultSize = 200;

    private const ulong Seed = 20_260_101;
    private const ulong Gamma = 20_260_101 | 1; // the generator demands an odd one

    /// <summary>Checks a property of one value.</summary>
    /// <param name="property">False or an exception is a failure.</param>
    /// <param name="cases">How many random values.</param>
    /// <param name="size">Longest generated array.</param>
    public static void Hold<T>(Func<T, bool> property, int cases = DefaultCases, int size = DefaultSize)
        => Run(Prop.ForAll(Arbitrary<T>(), property), cases, size);

    /// <summary>Checks a property of two values.</summary>
    public static void Hold<T1, T2>(Func<T1, T2, bool> property, int cases = DefaultCases, int size = DefaultSize)
        => Run(Prop.ForAll(Arbitrary<T1>(), Arbitrary<T2>(), property), cases, size);

    /// <summary>Checks a property of three values.</summary>
    public static void Hold<T1, T2, T3>(Func<T1, T2, T3, bool> property, int cases = DefaultCases, int size = DefaultSize)
        => Run(Prop.ForAll(Arbitrary<T1>(), Arbitrary<T2>(), Arbitrary<T3>(), property), cases, size);

    /// <summary>Checks a property of values that come from the test's own generator.</summary>
    public static void Hold<T>(Gen<T> values, Func<T, bool> property, int cases = DefaultCases, int size = DefaultSize)
        => Run(Prop.ForAll(values.ToArbitrary(), property), cases, size);

    /// <summary>Runs assertions on one value; only an exception is a failure.</summary>
    public static void Hold<T>(Action<T> assertions, int cases = DefaultCases, int size = DefaultSize)
        => Run(Prop.ForAll(Arbitrary<T>(), assertions), cases, size);

    /// <summary>Runs assertions on two values; only an exception is a failure.</summary>
    public static void Hold<T1, T2>(Action<T1, T2> assertions, int cases = DefaultCases, int size = DefaultSize)
        => Run(Prop.ForAll(Arbitrary<T1>(), Arbitrary<T2>(), assertions), cases, size);

    /// <summary>Runs assertions on values that come from the test's own generator.</summary>
    public static void Hold<T>(Gen<T> values, Action<T> assertions, int cases = DefaultCases, int size = DefaultSize)
        => Run(Prop.ForAll(values.ToArbitrary(), assertions), cases, size);

    private static Arbitrary<T> Arbitrary<T>() => ArbMap.Default.ArbFor<T>();

    private static void Run(Property property, int cases, int size)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed ({Seed},{Gamma}), {cases} cases, size up to {size}");
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(cases).WithEndSize(size).WithReplay(Seed, Gamma), property);
    }
}
