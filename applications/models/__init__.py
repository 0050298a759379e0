from applications.models.access_token import AccessToken
from applications.models.allowed_origin import AllowedOrigin
from applications.models.api_key import ApiKey
from applications.models.application import Application
from applications.models.audit_entry import AuditEntry
from applications.models.membership import Membership
from applications.models.user import User

__all__ = ["AccessToken", "AllowedOrigin", "ApiKey", "Application", "AuditEntry", "Membership", "User"]
