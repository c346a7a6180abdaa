using System.ComponentModel.DataAnnotations;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Replication;

/// <summary>Text of a <see cref="ClientProxyList"/>, or none.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ProxyListTextAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
        => value is not string text || ClientProxyList.TryParse(text, out _, out string? error)
            ? ValidationResult.Success
            : new ValidationResult($"{validationContext.DisplayName}: {error}", [validationContext.MemberName ?? ""]);
}
