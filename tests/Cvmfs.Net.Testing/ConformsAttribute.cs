namespace Cvmfs.Net.Testing;

/// <summary>Says which checklist item of a specification a test proves; the conformance table is held against these.</summary>
/// <param name="spec">Specification: "protocol", "stratum1", "proxy" or "monitoring".</param>
/// <param name="item">Number of the item in that specification's checklist, from 1.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true, Inherited = true)]
public sealed class ConformsAttribute(string spec, int item) : Attribute
{
    /// <summary>The specification.</summary>
    public string Spec { get; } = spec;

    /// <summary>The checklist item.</summary>
    public int Item { get; } = item;
}
