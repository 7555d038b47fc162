// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMintable} from "./interfaces/IMintable.sol";
import {IReceiveWithAuthorization} from "./interfaces/IReceiveWithAuthorization.sol";

/// @title Delivery versus payment in one transaction
/// @notice The seller signs an order, the buyer an EIP-3009 authorisation that is bound to one fill of it.
/// Cash and units move together or not at all. Amounts are base units; times are seconds since 1970.
contract DvPSettlement is Ownable2Step, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice A seller's standing offer.
    struct Order {
        address seller;
        /// @dev Zero: anybody who may hold the asset.
        address buyer;
        address asset;
        address payment;
        /// @dev Base units of `payment` for one whole unit of `asset`; the cost is rounded up.
        uint256 price;
        uint256 maxQuantity;
        uint256 minFill;
        /// @dev Inclusive.
        uint256 validAfter;
        /// @dev Exclusive.
        uint256 validUntil;
        bytes32 salt;
        /// @dev True: mint new units; false: transfer the seller's, which needs an allowance.
        bool primary;
        /// @dev keccak of the offering documents.
        bytes32 termsHash;
        address payout;
    }

    /// @notice The buyer's EIP-3009 `receiveWithAuthorization`; its nonce is `fillNonce`.
    struct PaymentAuthorization {
        uint256 validAfter;
        uint256 validBefore;
        bytes signature;
    }

    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(address seller,address buyer,address asset,address payment,uint256 price,uint256 maxQuantity,uint256 minFill,uint256 validAfter,uint256 validUntil,bytes32 salt,bool primary,bytes32 termsHash,address payout)"
    );

    /// @notice Base units of the asset that were filled of an order.
    mapping(bytes32 orderHash => uint256 quantity) public filled;
    mapping(bytes32 orderHash => bool) public cancelled;
    /// @notice Who may sign orders that mint an asset. This contract must be an agent of it.
    mapping(address asset => mapping(address seller => bool)) public isPrimarySeller;
    mapping(address asset => bool) public isAssetPaused;
    /// @notice Cash that could not be paid out, kept for the payee.
    mapping(address payment => mapping(address payee => uint256)) public proceeds;

    event Settled(
        bytes32 indexed orderHash,
        address indexed buyer,
        address indexed asset,
        address seller,
        uint256 quantity,
        uint256 cost,
        bytes32 termsHash
    );
    event OrderCancelled(bytes32 indexed orderHash, address indexed seller);
    event PrimarySellerSet(address indexed asset, address indexed seller, bool allowed);
    event AssetPaused(address indexed asset, bool paused);
    event ProceedsKept(address indexed payment, address indexed payee, uint256 amount);
    event ProceedsWithdrawn(address indexed payment, address indexed payee, address to, uint256 amount);

    error AssetIsPaused(address asset);
    error BuyerMismatch(address caller, address expected);
    error OrderNotYetValid(uint256 validAfter, uint256 timestamp);
    error OrderExpired(uint256 validUntil, uint256 timestamp);
    error OrderIsCancelled(bytes32 orderHash);
    error OrderSignatureInvalid(bytes32 orderHash, address seller);
    error QuantityBelowMinimum(uint256 quantity, uint256 minimum);
    error QuantityAboveRemaining(uint256 quantity, uint256 remaining);
    error SellerNotPrimary(address asset, address seller);
    error CostIsZero();
    error PaymentMismatch(uint256 received, uint256 expected);
    error DeliveryMismatch(uint256 received, uint256 expected);
    error CallerNotSeller(address caller, address seller);
    error NoProceeds(address payment, address payee);

    /// @param owner Names primary sellers, pauses assets.
    constructor(address owner) Ownable(owner) EIP712("DvPSettlement", "1") {}

    function setPrimarySeller(address asset, address seller, bool allowed) external onlyOwner {
        isPrimarySeller[asset][seller] = allowed;
        emit PrimarySellerSet(asset, seller, allowed);
    }

    function setAssetPaused(address asset, bool paused) external onlyOwner {
        isAssetPaused[asset] = paused;
        emit AssetPaused(asset, paused);
    }

    /// @notice Fills an order for the caller.
    /// @param orderSignature The seller's EIP-712 signature; ERC-1271 where the seller is a contract.
    /// @param quantity Base units of the asset.
    /// @param fillSalt Makes the fill's nonce unique.
    /// @return cost Base units of the payment token that the caller paid.
    function settle(
        Order calldata order,
        bytes calldata orderSignature,
        uint256 quantity,
        bytes32 fillSalt,
        PaymentAuthorization calldata payment
    ) external nonReentrant returns (uint256 cost) {
        bytes32 hash = orderHash(order);
        _checkOrder(order, hash, orderSignature);
        _take(order, hash, quantity);
        cost = fillCost(order, quantity);
        _pullCash(order.payment, cost, fillNonce(hash, msg.sender, quantity, fillSalt), payment);
        _deliver(order, quantity);
        _payOut(order.payment, order.payout, cost);
        emit Settled(hash, msg.sender, order.asset, order.seller, quantity, cost, order.termsHash);
    }

    /// @notice Withdraws an order; only its seller may.
    function cancelOrder(Order calldata order) external {
        require(msg.sender == order.seller, CallerNotSeller(msg.sender, order.seller));
        bytes32 hash = orderHash(order);
        cancelled[hash] = true;
        emit OrderCancelled(hash, order.seller);
    }

    /// @notice Pays the caller's kept proceeds to another address.
    function withdrawProceeds(address payment, address to) external nonReentrant {
        uint256 amount = proceeds[payment][msg.sender];
        require(amount > 0, NoProceeds(payment, msg.sender));
        delete proceeds[payment][msg.sender];
        emit ProceedsWithdrawn(payment, msg.sender, to, amount);
        IERC20(payment).safeTransfer(to, amount);
    }

    /// @notice The EIP-712 digest: an order's id here and in the fill's nonce.
    function orderHash(Order calldata order) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ORDER_TYPEHASH, order)));
    }

    /// @notice EIP-3009 nonce that ties the buyer's cash to one fill.
    function fillNonce(
        bytes32 hash,
        address buyer,
        uint256 quantity,
        bytes32 fillSalt
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(hash, buyer, quantity, fillSalt));
    }

    /// @notice Cash for `quantity`, rounded up against the buyer.
    function fillCost(Order calldata order, uint256 quantity) public view returns (uint256) {
        uint256 unit = 10 ** IERC20Metadata(order.asset).decimals();
        return Math.mulDiv(order.price, quantity, unit, Math.Rounding.Ceil);
    }

    function _checkOrder(Order calldata order, bytes32 hash, bytes calldata signature) private view {
        require(!isAssetPaused[order.asset], AssetIsPaused(order.asset));
        require(
            order.buyer == address(0) || order.buyer == msg.sender,
            BuyerMismatch(msg.sender, order.buyer)
        );
        require(block.timestamp >= order.validAfter, OrderNotYetValid(order.validAfter, block.timestamp));
        require(block.timestamp < order.validUntil, OrderExpired(order.validUntil, block.timestamp));
        require(!cancelled[hash], OrderIsCancelled(hash));
        require(
            !order.primary || isPrimarySeller[order.asset][order.seller],
            SellerNotPrimary(order.asset, order.seller)
        );
        require(
            SignatureChecker.isValidSignatureNowCalldata(order.seller, hash, signature),
            OrderSignatureInvalid(hash, order.seller)
        );
    }

    function _take(Order calldata order, bytes32 hash, uint256 quantity) private {
        uint256 remaining = order.maxQuantity - filled[hash];
        require(quantity <= remaining, QuantityAboveRemaining(quantity, remaining));
        // The last piece may be smaller than the minimum, or it could never be sold.
        uint256 minimum = Math.max(1, Math.min(order.minFill, remaining));
        require(quantity >= minimum, QuantityBelowMinimum(quantity, minimum));
        filled[hash] += quantity;
    }

    function _pullCash(
        address token,
        uint256 cost,
        bytes32 nonce,
        PaymentAuthorization calldata payment
    ) private {
        require(cost > 0, CostIsZero());
        uint256 before = IERC20(token).balanceOf(address(this));
        IReceiveWithAuthorization(token).receiveWithAuthorization(
            msg.sender,
            address(this),
            cost,
            payment.validAfter,
            payment.validBefore,
            nonce,
            payment.signature
        );
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        require(received == cost, PaymentMismatch(received, cost));
    }

    function _deliver(Order calldata order, uint256 quantity) private {
        uint256 before = IERC20(order.asset).balanceOf(msg.sender);
        if (order.primary) IMintable(order.asset).mint(msg.sender, quantity);
        else IERC20(order.asset).safeTransferFrom(order.seller, msg.sender, quantity);
        uint256 received = IERC20(order.asset).balanceOf(msg.sender) - before;
        require(received == quantity, DeliveryMismatch(received, quantity));
    }

    /// @dev A payee that cannot receive must not block the buyer: its cash waits here.
    function _payOut(address token, address payee, uint256 amount) private {
        if (IERC20(token).trySafeTransfer(payee, amount)) return;
        proceeds[token][payee] += amount;
        emit ProceedsKept(token, payee, amount);
    }
}
