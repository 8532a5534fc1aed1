"""RoleService: roles over gRPC. Each method's errors are stated in role_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.directory.events.v1 import role_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.directory.v1 import role_pb2, role_service_pb2

from chassis.call import Call
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.directory.roles import store
from services.directory.roles.domain import Role
from services.directory.users import store as users


class RoleService(Servicer):
    """Roles: those that come with the product, and those that a region adds."""

    descriptor = role_service_pb2.DESCRIPTOR.services_by_name["RoleService"]

    def CreateRole(self, request: role_service_pb2.CreateRoleRequest, call: Call) -> role_pb2.Role:
        """Add a role."""
        with self.transaction(call) as tx:
            role = Role(id=request.role.slug, **from_proto(request.role, Role))
            created = role.create()
            store.add(tx, role)
            tx.announce(created)
            return tx.reply(to_proto(role, role_pb2.Role))

    def GetRole(self, request: role_service_pb2.GetRoleRequest, call: Call) -> role_pb2.Role:
        """Read one role."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), role_pb2.Role)

    def ListRoles(
        self, request: role_service_pb2.ListRolesRequest, call: Call
    ) -> role_service_pb2.ListRolesResponse:
        """Page through the roles."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return role_service_pb2.ListRolesResponse(
            roles=to_protos(page.rows, role_pb2.Role),
            next_page_token=page.next_page_token,
        )

    def UpdateRole(self, request: role_service_pb2.UpdateRoleRequest, call: Call) -> role_pb2.Role:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.role, request.update_mask.paths)
        with self.transaction(call) as tx:
            role = store.get(tx, request.role.id, request.role.etag)
            updated = role.revise(from_proto(request.role, Role, paths))
            store.save(tx, role)
            tx.announce(updated)
            return tx.reply(to_proto(role, role_pb2.Role))

    def DeleteRole(self, request: role_service_pb2.DeleteRoleRequest, call: Call) -> Empty:
        """Remove a role that nobody has."""
        with self.transaction(call) as tx:
            role = store.get(tx, request.id, request.etag)
            deleted = role.delete(held=users.anybody_holds(tx, role.id))
            store.remove(tx, role)
            tx.announce(deleted)
            return tx.reply(Empty())
